import type {
  AnnounceSigningKey,
  EndSigningKey,
  EventBody,
  EventContext,
  NewSigningKey,
  PromoteSigningKey,
  RemoveSigningKey,
  ResealSigningKey,
  RevocationReason,
  SigningKeyAdded,
  SigningKeyAnnounced,
  SigningKeyEnded,
  SigningKeyPromoted,
  SigningKeyRemoved,
  SigningKeyResealed,
  StoredSigningKey,
} from "@counterfoil/core";
import type { Selectable } from "kysely";
import type { Transaction } from "./engine.ts";
import { appendEvents } from "./events.ts";
import { appendRevocation } from "./revocations.ts";
import type { SigningKeyRow } from "./schema.ts";

/** When something is done to a key, and who asked for it, if somebody did. */
interface By {
  readonly now: number;
  readonly context: EventContext | undefined;
}

/** See `KeyLedger.addSigningKey`. */
export async function addSigningKey(tx: Transaction, key: NewSigningKey): Promise<SigningKeyAdded> {
  return (await insert(tx, key, "signing")) ?? { outcome: "added" };
}

/** See `KeyLedger.announceSigningKey`. */
export async function announceSigningKey(tx: Transaction, key: AnnounceSigningKey): Promise<SigningKeyAnnounced> {
  return (await insert(tx, key, "announced")) ?? { outcome: "announced" };
}

/** What is in the way, or `null`. */
async function insert(tx: Transaction, key: AnnounceSigningKey, state: "signing" | "announced") {
  const { kid, algorithm } = key;
  // Else one that is being promoted meanwhile would meet it.
  await lockKeys(tx);
  if (await isDiscarded(tx, key.secretVersion)) return { outcome: "secret_discarded" } as const;
  const now = await tx.now();
  const added = await tx.db
    .insertInto("signing_keys")
    .values({
      kid,
      algorithm,
      public_jwk: key.publicJwk,
      sealed_key: key.sealedKey,
      secret_version: key.secretVersion,
      state,
      created_at: now,
      signs_since: state === "signing" ? now : null,
      retired_at: null,
    })
    // Of the kid, or of the one in that state of this algorithm: a partial unique index.
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (added.numInsertedOrUpdatedRows === 0n) {
    return { outcome: "exists", kid: (await inState(tx, algorithm, state))?.kid ?? kid } as const;
  }
  const type = state === "signing" ? "signing_key_added" : "signing_key_announced";
  await tell(tx, { now, context: key.context }, { type, kid, algorithm });
  return null;
}

/** See `KeyLedger.promoteSigningKey`. */
export async function promoteSigningKey(
  tx: Transaction,
  { kid, minimumAgeMs, context }: PromoteSigningKey,
): Promise<SigningKeyPromoted> {
  await lockKeys(tx);
  const row = await find(tx, kid);
  if (row === undefined || row.state === "revoked") return { outcome: "unknown" };
  if (row.state === "signing") return { outcome: "already_signing" };
  const now = await tx.now();
  if (now - row.created_at < minimumAgeMs) return { outcome: "too_early" };
  const signing = await inState(tx, row.algorithm, "signing");
  // First, since of one algorithm one key signs.
  if (signing !== undefined) await retire(tx, { now, context }, signing.kid);
  await letSign(tx, { now, context }, kid);
  return { outcome: "promoted" };
}

/** See `KeyLedger.endSigningKey`. */
export async function endSigningKey(tx: Transaction, { kid, to, context }: EndSigningKey): Promise<SigningKeyEnded> {
  await lockKeys(tx);
  const row = await find(tx, kid);
  if (row === undefined) return { outcome: "unknown" };
  if (row.state === "revoked" && to === "revoked")
    await appendRevocation(tx, await tx.now(), "key_revoked", { type: "key-revoked", kid });
  if (row.state === "revoked" || row.state === to) return { outcome: "already_ended" };
  const by = { now: await tx.now(), context };
  if (to === "revoked") await revoke(tx, by, kid, "key_revoked");
  else await retire(tx, by, kid);
  const next = row.state === "signing" ? await inState(tx, row.algorithm, "announced") : undefined;
  if (next !== undefined) await letSign(tx, by, next.kid);
  return { outcome: "ended" };
}

/** See `KeyLedger.removeSigningKey`. */
export async function removeSigningKey(
  tx: Transaction,
  { kid, retiredForMs }: RemoveSigningKey,
): Promise<SigningKeyRemoved> {
  const row = await find(tx, kid);
  if (row === undefined || row.state !== "retired") return { outcome: "unknown" };
  const now = await tx.now();
  // A server of the version before retires without saying when: the time counts from here.
  if (row.retired_at === null) await change(tx, kid, { retired_at: now });
  if (row.retired_at === null || now - row.retired_at < retiredForMs) return { outcome: "too_early" };
  await tx.db.deleteFrom("signing_keys").where("kid", "=", kid).execute();
  await tell(tx, { now, context: undefined }, { type: "signing_key_removed", kid });
  return { outcome: "removed" };
}

/** See `KeyLedger.resealSigningKey`. */
export async function resealSigningKey(tx: Transaction, input: ResealSigningKey): Promise<SigningKeyResealed> {
  if (await isDiscarded(tx, input.secretVersion)) return { outcome: "secret_discarded" };
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
  return rows.flatMap((row) => (row.state === "revoked" ? [] : [{ ...signingKey(row), state: row.state }]));
}

function signingKey(row: Selectable<SigningKeyRow>): Omit<StoredSigningKey, "state"> {
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    publicJwk: row.public_jwk,
    // A copy: what a driver answers may be its own kind of bytes (`pg`: Buffer).
    sealedKey: new Uint8Array(row.sealed_key),
    secretVersion: row.secret_version,
    createdAt: row.created_at,
    // A server of the version before does not say since when.
    signsSince: row.state === "signing" ? (row.signs_since ?? row.created_at) : row.signs_since,
    retiredAt: row.retired_at,
  };
}

/**
 * The one lock, that of the row of `ledger`, of whatever decides about several keys or secrets: row by row, two that go
 * through them in different orders would wait for each other. Before any of theirs.
 */
export async function lockKeys(tx: Transaction): Promise<void> {
  await tx.locked(tx.db.selectFrom("ledger").select("id")).executeTakeFirst();
}

/** Revokes a key that is not: at once, for ever, and everywhere. */
export async function revoke(tx: Transaction, by: By, kid: string, reason: RevocationReason): Promise<void> {
  // What a revoked key can sign is worthless here, and should be nowhere else: its private half goes.
  await change(tx, kid, { state: "revoked", sealed_key: new Uint8Array() });
  await tell(tx, by, { type: "signing_key_revoked", kid });
  await appendRevocation(tx, by.now, reason, { type: "key-revoked", kid });
}

async function retire(tx: Transaction, by: By, kid: string): Promise<void> {
  await change(tx, kid, { state: "retired", retired_at: by.now });
  await tell(tx, by, { type: "signing_key_retired", kid });
}

async function letSign(tx: Transaction, by: By, kid: string): Promise<void> {
  await change(tx, kid, { state: "signing", signs_since: by.now, retired_at: null });
  await tell(tx, by, { type: "signing_key_promoted", kid });
}

async function change(tx: Transaction, kid: string, changes: Partial<Selectable<SigningKeyRow>>): Promise<void> {
  await tx.db.updateTable("signing_keys").set(changes).where("kid", "=", kid).execute();
}

/** Locked, so that whoever discards it now sees the key that is written under it, and revokes it. */
async function isDiscarded(tx: Transaction, version: number): Promise<boolean> {
  const select = tx.db.selectFrom("secrets").select("discarded_at").where("version", "=", version);
  const secret = await tx.locked(select).executeTakeFirst();
  return secret !== undefined && secret.discarded_at !== null;
}

function find(tx: Transaction, kid: string) {
  const select = tx.db.selectFrom("signing_keys").selectAll().where("kid", "=", kid);
  return tx.locked(select).executeTakeFirst();
}

function inState(tx: Transaction, algorithm: SigningKeyRow["algorithm"], state: "signing" | "announced") {
  const select = tx.db.selectFrom("signing_keys").select("kid").where("algorithm", "=", algorithm);
  return tx.locked(select.where("state", "=", state)).executeTakeFirst();
}

async function tell(tx: Transaction, { now, context }: By, body: EventBody): Promise<void> {
  await appendEvents(tx, now, [{ body, subject: null, sid: null, context: context ?? null }]);
}
