import type { StoredSecret, StoredSigningKey } from "../ledger/keys.ts";
import type { SecretFingerprint } from "./keyring.ts";

/** A server checks in twice a minute: one that has not for this long is not running. */
const CHECK_IN_MS = 2 * 60_000;

/** That a secret seals is noted once a minute, by whoever checks in: it may have sealed a little later than is noted. */
const NOTE_MARGIN_MS = 3600_000;

/** The next safe step on the way from one secret to the next, or what it waits for. */
export type SecretStep =
  /** Others seal with these, or did so a while ago, and they are not in the list: add them behind the first. */
  | { readonly step: "add"; readonly fingerprints: readonly SecretFingerprint[] }
  /** One secret, and nothing under way: append a new one, which nothing is sealed with yet. */
  | { readonly step: "append" }
  /** Servers run that have not read the new one, or none of them has for long enough. `from`: when, if nobody lacks it. */
  | { readonly step: "wait_for_servers"; readonly fingerprint: SecretFingerprint; readonly from: number | null }
  /** Every running server has it: let it seal. */
  | { readonly step: "move"; readonly fingerprint: SecretFingerprint }
  /** Something that the old one sealed may be alive until `until`. */
  | { readonly step: "wait_for_sealed"; readonly fingerprint: SecretFingerprint; readonly until: number }
  /** Signing keys are sealed with the old one still: a running server moves them. */
  | { readonly step: "wait_for_keys"; readonly fingerprint: SecretFingerprint }
  /** Nothing that it sealed can be alive: take it away. */
  | { readonly step: "remove"; readonly fingerprint: SecretFingerprint };

export interface SecretRotation {
  /** The operator's list, in its order. */
  readonly held: readonly SecretFingerprint[];
  readonly secrets: readonly StoredSecret[];
  readonly keys: readonly Pick<StoredSigningKey, "secretVersion">[];
  /** The ledger's time, milliseconds since the epoch. */
  readonly now: number;
  /** How long what a secret has sealed can live. */
  readonly neededSeconds: number;
}

export function nextSecretStep({ held, secrets, keys, now, neededSeconds }: SecretRotation): SecretStep {
  const known = new Map(secrets.map((secret) => [secret.fingerprint, secret]));
  const lacked = secrets.filter(
    (secret) =>
      !held.includes(secret.fingerprint) && secret.discardedAt === null && now < neededUntil(secret, neededSeconds),
  );
  // Before anything else: a list that goes its own way leads further from that of the others.
  if (lacked.length > 0) return { step: "add", fingerprints: lacked.map(({ fingerprint }) => fingerprint) };
  const behind = held.slice(1);
  // Also the first: where there is another, servers seal with that one.
  const discarded = held.find((fingerprint) => (known.get(fingerprint)?.discardedAt ?? null) !== null);
  if (discarded !== undefined && behind.length > 0) return { step: "remove", fingerprint: discarded };
  const appended = behind.findLast((fingerprint) => (known.get(fingerprint)?.sealedAt ?? null) === null);
  if (appended !== undefined) {
    const from = movesFrom(known.get(appended), secrets, now);
    return from !== null && from <= now
      ? { step: "move", fingerprint: appended }
      : { step: "wait_for_servers", fingerprint: appended, from };
  }
  const old = behind.flatMap((fingerprint) => known.get(fingerprint) ?? []);
  const [oldest] = old.toSorted((left, right) => neededUntil(left, neededSeconds) - neededUntil(right, neededSeconds));
  if (oldest === undefined) return { step: "append" };
  const { fingerprint, version } = oldest;
  const until = neededUntil(oldest, neededSeconds);
  if (now < until) return { step: "wait_for_sealed", fingerprint, until };
  if (keys.some(({ secretVersion }) => secretVersion === version)) return { step: "wait_for_keys", fingerprint };
  return { step: "remove", fingerprint };
}

/** Until when something alive may be sealed with it; the epoch for one that has sealed nothing. */
export function neededUntil({ sealedAt }: StoredSecret, neededSeconds: number): number {
  return sealedAt === null ? 0 : sealedAt + neededSeconds * 1000 + NOTE_MARGIN_MS;
}

/** From when an appended secret may seal: every running server has read it. `null`: one checks in without it. */
function movesFrom(appended: StoredSecret | undefined, secrets: readonly StoredSecret[], now: number): number | null {
  // Whoever runs seals, and has said so a moment ago; where nobody runs, the next start reads the whole list.
  const running = secrets.some(({ sealedAt }) => sealedAt !== null && now - sealedAt < CHECK_IN_MS);
  if (!running) return now;
  if (appended === undefined) return null;
  const lackedSince = appended.lackedAt ?? 0;
  return Math.max(appended.adoptedAt, lackedSince) + CHECK_IN_MS;
}
