import { Button } from "../../ui/button.tsx";
import { FORGERIES } from "./forgeries.ts";
import type { Forgery } from "./forgeries.ts";
import { Result } from "./result.tsx";
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
  const sending = useSending();
  return (
    <li>
      <h3>{name}</h3>
      <p>{text}</p>
      <Button
        aria-label={`Send it: ${name}`}
        busy={sending.busy}
        onClick={() =>
          void sending.send(async () => {
            const taken = await takeToken();
            return taken.ok ? make(taken.source.token) : taken;
          })
        }
      >
        Send it
      </Button>
      <Result of={sending} />
    </li>
  );
}
