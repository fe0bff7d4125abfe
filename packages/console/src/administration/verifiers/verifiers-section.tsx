import { useState } from "react";
import { ask } from "../../api/api.ts";
import { Button } from "../../ui/button.tsx";
import { Message } from "../../ui/message.tsx";
import { AskedState } from "../asked/asked-state.tsx";
import { useAsked } from "../asked/use-asked.ts";
import { ConfirmDialog } from "../dialog/confirm-dialog.tsx";
import { ShownOnceDialog } from "../dialog/shown-once-dialog.tsx";
import { Instant } from "../page/instant.tsx";
import { Name } from "../../ui/name.tsx";
import { SectionTitle } from "../page/section-title.tsx";
import { AddVerifierDialog } from "./add-verifier-dialog.tsx";
import type { AddedVerifier } from "./add-verifier-dialog.tsx";
import { stalenessText, stateOf } from "./verifier.ts";
import type { Verifier, Verifiers } from "./verifier.ts";

const LOOK_MS = 5000;

/** The services that check tokens on their own, and how they stand with this server. */
export function VerifiersSection() {
  const asked = useAsked<Verifiers>("admin/verifiers", LOOK_MS);
  const [adding, setAdding] = useState(false);
  const [added, setAdded] = useState<AddedVerifier | null>(null);
  const [removing, setRemoving] = useState<Verifier | null>(null);
  const [removed, setRemoved] = useState<string | null>(null);
  return (
    <section aria-labelledby="section">
      <SectionTitle>Verifiers</SectionTitle>
      <div className="actions">
        <Button look="main" onClick={() => setAdding(true)}>
          Add a verifier
        </Button>
      </div>
      <div className="notices">
        {removed !== null && <Message kind="done">{removed}</Message>}
        <AskedState {...asked} />
      </div>
      {asked.value?.verifiers.length === 0 && <p>No service is registered.</p>}
      <ul className="records">
        {asked.value?.verifiers.map((verifier) => {
          const { look, text } = stateOf(verifier);
          return (
            <li key={verifier.id}>
              <div>
                <strong>
                  <Name>{verifier.name}</Name>
                </strong>{" "}
                <span className={`badge ${look}`}>{text}</span>
                <p className="hint">
                  Streams: {verifier.streams} · staleness: {stalenessText(verifier)} · last heard of:{" "}
                  <Instant at={verifier.last_contact_at} none="not yet" />
                </p>
                <p className="hint">
                  <code>{verifier.id}</code> · since <Instant at={verifier.created_at} />
                </p>
              </div>
              <div className="actions">
                <Button look="danger" onClick={() => setRemoving(verifier)}>
                  Remove …<span className="unseen"> {verifier.name}</span>
                </Button>
              </div>
            </li>
          );
        })}
      </ul>
      {adding && (
        <AddVerifierDialog
          onClose={() => setAdding(false)}
          onAdded={(verifier) => {
            setAdding(false);
            setAdded(verifier);
            asked.again();
          }}
        />
      )}
      {added !== null && (
        <ShownOnceDialog
          title="The verifier’s credential"
          label="Credential"
          secret={added.credential}
          onClose={() => setAdded(null)}
        >
          <p>
            <Name>{added.name}</Name> shows it when it follows the feed or introspects a token. Give it to that service
            alone, as a secret.
          </p>
        </ShownOnceDialog>
      )}
      {removing !== null && (
        <ConfirmDialog
          title="Remove the verifier"
          label="Remove it"
          act={() => ask("DELETE", `admin/verifiers/${removing.id}`)}
          onDone={() => {
            setRemoved(`${removing.name} is removed: its credential is refused.`);
            setRemoving(null);
            asked.again();
          }}
          onClose={() => setRemoving(null)}
        >
          <p>
            The credential of <Name>{removing.name}</Name> is refused at once. The service then knows of no revocation,
            and refuses what it cannot check.
          </p>
        </ConfirmDialog>
      )}
    </section>
  );
}
