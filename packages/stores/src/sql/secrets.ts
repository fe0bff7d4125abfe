import type { AdoptSecrets, SecretFingerprint, SecretsAdopted } from "@counterfoil/core";
import { isNoted, missingSecrets, nextSecretVersion } from "../rule/secrets.ts";
import type { Transaction } from "./engine.ts";
import { appendEvents } from "./events.ts";

/** See `KeyLedger.adoptSecrets`. */
export async function adoptSecrets(
  tx: Transaction,
  { fingerprints, neededSeconds }: AdoptSecrets,
): Promise<SecretsAdopted> {
  // The lock of the one row of `ledger` makes the numbers go up one by one.
  await tx.locked(tx.db.selectFrom("ledger").select("id")).executeTakeFirst();
  const now = await tx.now();
  const rows = await tx.db.selectFrom("secrets").selectAll().orderBy("version").execute();
  const known = new Map(rows.map((row) => [row.fingerprint, row.version]));
  const versions: number[] = [];
  for (const fingerprint of fingerprints) {
    const version = known.get(fingerprint) ?? (await adopt(tx, fingerprint, [...known.values()], now));
    known.set(fingerprint, version);
    versions.push(version);
  }
  const [sealing] = versions;
  if (sealing !== undefined && !isNoted(rows.find((row) => row.version === sealing)?.sealed_at ?? null, now)) {
    await tx.db.updateTable("secrets").set({ sealed_at: now }).where("version", "=", sealing).execute();
  }
  const sealed = rows.map((row) => ({ ...row, sealedAt: row.sealed_at }));
  return { versions, missing: missingSecrets(sealed, versions, now - neededSeconds * 1000) };
}

async function adopt(
  tx: Transaction,
  fingerprint: SecretFingerprint,
  versions: readonly number[],
  now: number,
): Promise<number> {
  const version = nextSecretVersion(versions);
  await tx.db.insertInto("secrets").values({ version, fingerprint, adopted_at: now, sealed_at: null }).execute();
  const body = { type: "secret_adopted", version, fingerprint } as const;
  await appendEvents(tx, now, [{ body, subject: null, sid: null, context: null }]);
  return version;
}
