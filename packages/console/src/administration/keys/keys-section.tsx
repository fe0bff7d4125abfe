import { useState } from "react";
import { ask } from "../../api/api.ts";
import { Button } from "../../ui/button.tsx";
import { AskedState } from "../asked/asked-state.tsx";
import { useAction } from "../asked/use-action.tsx";
import { useAsked } from "../asked/use-asked.ts";
import { ConfirmDialog } from "../dialog/confirm-dialog.tsx";
import { SectionTitle } from "../page/section-title.tsx";
import { nextText, stateText } from "./key.ts";
import type { Key, Keys } from "./key.ts";

const LOOK_MS = 30_000;

const ROTATED: Readonly<Record<string, string>> = {
  announced: "A key is announced: it signs in 15 minutes, by itself.",
  already_announced: "A key is announced already: it signs by itself when its time has come.",
  promoted: "Another key signs now. Verifiers that have cached the JWK Set fetch it again.",
};

interface Rotated {
  readonly outcome: string;
}

/** The one that signs is the one that is looked for; the others as they come. */
const signingFirst = (one: Key, other: Key) => Number(other.state === "signing") - Number(one.state === "signing");

const rotate = (now: boolean) => ask("POST", "admin/keys/rotate", { now });

/** The keys that sign access tokens. */
export function KeysSection() {
  const asked = useAsked<Keys>("admin/keys", LOOK_MS);
  const action = useAction();
  const [revoking, setRevoking] = useState<Key | null>(null);
  const [rotating, setRotating] = useState(false);

  async function announce() {
    await action.run<Rotated>(
      () => rotate(false),
      ({ outcome }) => ROTATED[outcome],
    );
    asked.again();
  }
  return (
    <section aria-labelledby="section">
      <SectionTitle>Signing keys</SectionTitle>
      <div className="actions">
        <Button look="main" busy={action.busy} onClick={() => void announce()}>
          Rotate
        </Button>
        <Button busy={action.busy} onClick={() => setRotating(true)}>
          Rotate at once …
        </Button>
      </div>
      <div className="notices">
        {action.result}
        <AskedState {...asked} />
      </div>
      <ul className="records">
        {asked.value?.keys.toSorted(signingFirst).map((key) => (
          <li key={key.kid}>
            <div>
              <code>{key.kid}</code> <span className="badge">{key.algorithm}</span>
              <p>{stateText(key)}</p>
              <p className="hint">{nextText(key)}</p>
            </div>
            <div className="actions">
              <Button look="danger" onClick={() => setRevoking(key)}>
                Revoke …<span className="unseen"> {key.kid}</span>
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {rotating && (
        <ConfirmDialog<Rotated>
          title="Rotate at once"
          label="Sign with another key now"
          act={() => rotate(true)}
          onDone={({ outcome }) => {
            action.tell(ROTATED[outcome]);
            setRotating(false);
            asked.again();
          }}
          onClose={() => setRotating(false)}
        >
          <p>
            Another key signs from now on, and not 15 minutes after it was announced. Tokens under the old key stay good
            until they run out. A service that has cached the JWK Set refuses the new ones until it has fetched it
            again: ours does that by itself.
          </p>
        </ConfirmDialog>
      )}
      {revoking !== null && (
        <ConfirmDialog
          title="Revoke the key"
          label="Revoke it"
          act={() => ask("POST", `admin/keys/${encodeURIComponent(revoking.kid)}/revoke`, {})}
          onDone={() => {
            action.tell(`${revoking.kid} is revoked: every token under it is refused within a second.`);
            setRevoking(null);
            asked.again();
          }}
          onClose={() => setRevoking(null)}
        >
          <p>
            Every access token under <code>{revoking.kid}</code> is refused within a second. Clients refresh; nobody
            signs in again. For a key that others may have.
          </p>
        </ConfirmDialog>
      )}
    </section>
  );
}
