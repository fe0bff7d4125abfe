import { Button } from "../../ui/button.tsx";
import { Message } from "../../ui/message.tsx";
import { FORGERIES } from "./forgeries.ts";
import type { Forgery } from "./forgeries.ts";
import { SentView } from "./sent-view.tsx";
import { takeToken } from "./source.ts";
import { useSending } from "./use-sending.ts";

/** Tokens that have to be refused, each sent for real. */
export function ForgeriesSection() {
  return (
    <ul className="forgeries">
      {FORGERIES.map((forgery) => (
        <ForgeryView key={forgery.name} forgery={forgery} />
      ))}
    </ul>
  );
}

function ForgeryView({ forgery: { name, text, make } }: { readonly forgery: Forgery }) {
  const { sent, busy, error, send } = useSending();
  return (
    <li>
      <h3>{name}</h3>
      <p>{text}</p>
      <Button
        aria-label={`Send it: ${name}`}
        busy={busy}
        onClick={() =>
          void send(async () => {
            const taken = await takeToken();
            return taken.ok ? make(taken.source.token) : taken;
          })
        }
      >
        Send it
      </Button>
      <div className="result" aria-live="polite">
        {error !== null && <Message kind="error">{error}</Message>}
        {sent !== null && <SentView sent={sent} />}
      </div>
    </li>
  );
}
