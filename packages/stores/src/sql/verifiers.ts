import type {
  AddVerifier,
  CredentialHash,
  EventContext,
  RemoveVerifier,
  Verifier,
  VerifierAdded,
  VerifierRemoved,
} from "@counterfoil/core";
import type { Transaction } from "./engine.ts";
import { appendEvents } from "./events.ts";
import type { VerifierRow } from "./schema.ts";

/** See `VerifierLedger`, also for all below. */
export async function addVerifier(tx: Transaction, input: AddVerifier): Promise<VerifierAdded> {
  const { id, name, credentialHash, context } = input;
  const now = await tx.now();
  const row = { id, name, credential_hash: credentialHash, created_at: now };
  const inserted = await tx.db
    .insertInto("verifiers")
    .values(row)
    .onConflict((conflict) => conflict.column("name").doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) return { outcome: "taken" };
  await tell(tx, now, "verifier_added", row, context);
  return { outcome: "added", verifier: toVerifier(row) };
}

export async function removeVerifier(tx: Transaction, { which, context }: RemoveVerifier): Promise<VerifierRemoved> {
  const removal = tx.db.deleteFrom("verifiers").returningAll();
  const row = await (
    "id" in which ? removal.where("id", "=", which.id) : removal.where("name", "=", which.name)
  ).executeTakeFirst();
  if (row === undefined) return { outcome: "unknown" };
  await tell(tx, await tx.now(), "verifier_removed", row, context);
  return { outcome: "removed", verifier: toVerifier(row) };
}

export async function findVerifier(tx: Transaction, credentialHash: CredentialHash): Promise<Verifier | null> {
  const select = tx.db.selectFrom("verifiers").selectAll().where("credential_hash", "=", credentialHash);
  const row = await select.executeTakeFirst();
  return row === undefined ? null : toVerifier(row);
}

export async function listVerifiers(tx: Transaction): Promise<readonly Verifier[]> {
  const rows = await tx.db.selectFrom("verifiers").selectAll().orderBy("name").execute();
  return rows.map(toVerifier);
}

async function tell(
  tx: Transaction,
  now: number,
  type: "verifier_added" | "verifier_removed",
  { id, name }: VerifierRow,
  context: EventContext | null,
): Promise<void> {
  await appendEvents(tx, now, [{ body: { type, id, name }, subject: null, sid: null, context }]);
}

function toVerifier({ id, name, created_at: createdAt }: VerifierRow): Verifier {
  return { id, name, createdAt };
}
