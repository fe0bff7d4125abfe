import { FlowControls } from "./flow-controls.tsx";
import { Sequence } from "./sequence.tsx";
import { leaveTokenFlow, TOKEN_FLOW } from "./token-flow.ts";
import { useFlow } from "./use-flow.ts";

/** The token flow, by a client that is no browser. */
export function TokenSection() {
  const running = useFlow(TOKEN_FLOW, { onLeave: leaveTokenFlow });
  return (
    <section aria-labelledby="token-flow">
      <h2 id="token-flow">The token flow</h2>
      <p>
        The client is no browser here: an app or a command line, whose requests the demonstration sends. It signs in as
        kavya, apart from this browser, and signs out in step 5.
      </p>
      <Sequence flow={TOKEN_FLOW} heard={running.heard} done={running.done} />
      <FlowControls flow={TOKEN_FLOW} running={running} />
    </section>
  );
}
