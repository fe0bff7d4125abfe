import { useAuth } from "@counterfoil/client/react";
import { useState } from "react";
import { client } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { FlowControls } from "./flow-controls.tsx";
import { Sequence } from "./sequence.tsx";
import { OWN_SESSION_FLOW, SESSION_FLOW } from "./session-flow.ts";
import { useFlow } from "./use-flow.ts";

/** The session flow, in this browser: with the session that it has, or with one as kavya. */
export function SessionSection() {
  const auth = useAuth();
  const [begun, setBegun] = useState<"own" | "anew" | null>(null);
  const isOwn = begun === null ? auth.status === "signed_in" : begun === "own";
  const flow = isOwn ? OWN_SESSION_FLOW : SESSION_FLOW;
  // The page’s own client did not send these requests: it is to look who is signed in now.
  const running = useFlow(flow, {
    afterStep() {
      setBegun(isOwn ? "own" : "anew");
      void client.accessToken().catch(() => null);
    },
  });
  return (
    <section aria-labelledby="session-flow">
      <h2 id="session-flow">The session flow</h2>
      <p>
        Each arrow is a request of this browser, or the answer to it. Open one: every header, cookie and body is there.
      </p>
      <div className={isOwn ? "message own" : "message"}>
        {isOwn ? (
          <>
            <p>
              {auth.status === "signed_in"
                ? `This browser is signed in as ${auth.user.username ?? auth.user.sub}, so the flow goes on with your own session.`
                : "The flow went on with your own session, and this browser is signed out now."}{" "}
              Your session ends only if you press for that, in step 7.
            </p>
            {auth.status === "signed_in" && (
              <Button
                onClick={() => {
                  running.again();
                  setBegun("anew");
                }}
              >
                Show the sign-in instead: replaces your session
              </Button>
            )}
          </>
        ) : (
          <p>
            {auth.status === "signed_in" && running.done === 0
              ? "Step 1 signs this browser in as kavya: your session in it is replaced. Step 7 signs it out."
              : "Step 1 signs this browser in as kavya, the demonstration’s own user, and step 7 signs it out."}
          </p>
        )}
      </div>
      <Sequence flow={flow} heard={running.heard} done={running.done} />
      <FlowControls
        flow={flow}
        running={running}
        again={() => {
          running.again();
          setBegun(null);
        }}
      />
    </section>
  );
}
