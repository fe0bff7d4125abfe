import type {
  AdoptSecrets,
  EventBody,
  EventContext,
  ReplaceSecrets,
  SecretFingerprint,
  SecretsAdopted,
  SecretsListed,
  SecretsReplaced,
  StoredSecret,
} from "@counterfoil/core";
import { adoption, name, nextSecretVersion } from "../rule/secrets.ts";
import type { Transaction } from "./engine.ts";
import { appendEvents } from "./events.ts";
import { lockKeys, revoke } from "./keys.ts";

/** See `KeyLedger.adoptSecrets`. */
export async function adoptSecrets(
  tx: Transaction,
  { fingerprints, neededSeconds }: AdoptSecrets,
): Promise<SecretsAdopted> {
  const { secrets, now } = await locked(tx);
  for (const fingerprint of fingerprints) await adopt(tx, secrets, fingerprint, now);
  const versions = fingerprints.map((fingerprint) => versionOf(secrets, fingerprint));
  const { missing, discarded, seals, lacks } = adoption(secrets, versions, now, neededSeconds);
  if (seals !== null) {
    await tx.db.updateTable("secrets").set({ sealed_at: now }).where("version", "=", seals).execute();
  }
  if (lacks.length > 0) {
    await tx.db.updateTable("secrets").set({ lacked_at: now }).where("version", "in", lacks).execute();
  }
  return { versions, missing, discarded };
}

/** See `KeyLedger.listSecrets`. */
export async function listSecrets(tx: Transaction): Promise<SecretsListed> {
  return { secrets: await all(tx), now: await tx.now() };
}

/** See `KeyLedger.replaceSecrets`. */
export async function replaceSecrets(
  tx: Transaction,
  { fingerprint, context }: ReplaceSecrets,
): Promise<SecretsReplaced> {
  const { secrets, now } = await locked(tx);
  const known = secrets.find((secret) => secret.fingerprint === fingerprint);
  if (known !== undefined && known.discardedAt !== null) return { outcome: "discarded" };
  const discarded = secrets.filter((secret) => secret !== known && secret.discardedAt === null).map(name);
  if (discarded.length === 0) {
    if (known !== undefined) await revokeAllBut(tx, known.version, now, context);
    return { outcome: "unchanged" };
  }
  await adopt(tx, secrets, fingerprint, now);
  const versions = discarded.map(({ version }) => version);
  await tx.db.updateTable("secrets").set({ discarded_at: now }).where("version", "in", versions).execute();
  const revokedKeys = await revokeAllBut(tx, versionOf(secrets, fingerprint), now, context);
  await tell(tx, now, { type: "secrets_replaced", fingerprint }, context);
  return { outcome: "replaced", discarded, revokedKeys };
}

async function revokeAllBut(tx: Transaction, version: number, now: number, context: EventContext | undefined) {
  const keys = await tx.db
    .selectFrom("signing_keys")
    .select(["kid", "algorithm"])
    .where("secret_version", "!=", version)
    .where("state", "!=", "revoked")
    .orderBy("id")
    .execute();
  for (const { kid } of keys) await revoke(tx, { now, context }, kid, "secrets_replaced");
  return keys;
}

/** The lock makes the numbers go up one by one. */
async function locked(tx: Transaction): Promise<{ secrets: StoredSecret[]; now: number }> {
  await lockKeys(tx);
  return { now: await tx.now(), secrets: await all(tx) };
}

async function all(tx: Transaction): Promise<StoredSecret[]> {
  const rows = await tx.db.selectFrom("secrets").selectAll().orderBy("version").execute();
  return rows.map((row) => ({
    version: row.version,
    fingerprint: row.fingerprint,
    adoptedAt: row.adopted_at,
    sealedAt: row.sealed_at,
    lackedAt: row.lacked_at,
    discardedAt: row.discarded_at,
  }));
}

function versionOf(secrets: readonly StoredSecret[], fingerprint: SecretFingerprint): number {
  return secrets.find((secret) => secret.fingerprint === fingerprint)!.version;
}

/** Gives a fingerprint that is not among `secrets` its number, and puts it there. */
async function adopt(
  tx: Transaction,
  secrets: StoredSecret[],
  fingerprint: SecretFingerprint,
  now: number,
): Promise<void> {
  if (secrets.some((secret) => secret.fingerprint === fingerprint)) return;
  const version = nextSecretVersion(secrets.map((secret) => secret.version));
  const dates = { sealed_at: null, lacked_at: null, discarded_at: null };
  await tx.db
    .insertInto("secrets")
    .values({ version, fingerprint, adopted_at: now, ...dates })
    .execute();
  await tell(tx, now, { type: "secret_adopted", version, fingerprint });
  secrets.push({ version, fingerprint, adoptedAt: now, sealedAt: null, lackedAt: null, discardedAt: null });
}

async function tell(tx: Transaction, now: number, body: EventBody, context: EventContext | null = null): Promise<void> {
  await appendEvents(tx, now, [{ body, subject: null, sid: null, context }]);
}
