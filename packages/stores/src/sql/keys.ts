import type {
  EndSigningKey,
  EventBody,
  NewSigningKey,
  ResealSigningKey,
  SigningKeyAdded,
  SigningKeyEnded,
  SigningKeyResealed,
  StoredSigningKey,
} from "@counterfoil/core";
import type { Transaction } from "./engine.ts";
import { appendEvents } from "./events.ts";
import { appendRevocation } from "./revocations.ts";

/** See `KeyLedger.addSigningKey`. */
export async function addSigningKey(tx: Transaction, key: NewSigningKey): Promise<SigningKeyAdded> {
  const now = await tx.now();
  const added = await tx.db
    .insertInto("signing_keys")
    .values({
      kid: key.kid,
      algorithm: key.algorithm,
      public_jwk: key.publicJwk,
      sealed_key: key.sealedKey,
      secret_version: key.secretVersion,
      state: "signing",
      created_at: now,
    })
    // Of the kid, or of the one that signs with this algorithm: a partial unique index.
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (added.numInsertedOrUpdatedRows === 0n) return { outcome: "exists", kid: await existing(tx, key) };
  const body: EventBody = { type: "signing_key_added", kid: key.kid, algorithm: key.algorithm };
  await appendEvents(tx, now, [{ body, subject: null, sid: null, context: null }]);
  return { outcome: "added" };
}

async function existing(tx: Transaction, key: NewSigningKey): Promise<string> {
  const signing = tx.db.selectFrom("signing_keys").select("kid").where("algorithm", "=", key.algorithm);
  return (await signing.where("state", "=", "signing").executeTakeFirst())?.kid ?? key.kid;
}

/** See `KeyLedger.endSigningKey`. */
export async function endSigningKey(tx: Transaction, { kid, to }: EndSigningKey): Promise<SigningKeyEnded> {
  const select = tx.db.selectFrom("signing_keys").select("state").where("kid", "=", kid);
  const row = await tx.locked(select).executeTakeFirst();
  if (row === undefined) return { outcome: "unknown" };
  if (row.state === "revoked" || row.state === to) return { outcome: "already_ended" };
  const now = await tx.now();
  // What a revoked key can sign is worthless here, and should be nowhere else: its private half goes.
  const changes = to === "revoked" ? { state: to, sealed_key: new Uint8Array() } : { state: to };
  await tx.db.updateTable("signing_keys").set(changes).where("kid", "=", kid).execute();
  const body: EventBody = { type: to === "revoked" ? "signing_key_revoked" : "signing_key_retired", kid };
  await appendEvents(tx, now, [{ body, subject: null, sid: null, context: null }]);
  if (to === "revoked") await appendRevocation(tx, now, { type: "key-revoked", kid });
  return { outcome: "ended" };
}

/** See `KeyLedger.resealSigningKey`. */
export async function resealSigningKey(tx: Transaction, input: ResealSigningKey): Promise<SigningKeyResealed> {
  const { numUpdatedRows } = await tx.db
    .updateTable("signing_keys")
    .set({ sealed_key: input.sealedKey, secret_version: input.secretVersion })
    .where("kid", "=", input.kid)
    .where("secret_version", "=", input.from)
    .where("state", "!=", "revoked")
    .executeTakeFirst();
  return { outcome: numUpdatedRows === 1n ? "resealed" : "unchanged" };
}

/** See `KeyLedger.listSigningKeys`. */
export async function listSigningKeys(tx: Transaction): Promise<readonly StoredSigningKey[]> {
  const rows = await tx.db
    .selectFrom("signing_keys")
    .selectAll()
    .where("state", "!=", "revoked")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    kid: row.kid,
    algorithm: row.algorithm,
    publicJwk: row.public_jwk,
    // A copy: what a driver answers may be its own kind of bytes (`pg`: Buffer).
    sealedKey: new Uint8Array(row.sealed_key),
    secretVersion: row.secret_version,
    state: row.state === "signing" ? "signing" : "retired",
    createdAt: row.created_at,
  }));
}
