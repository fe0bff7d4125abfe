import { SEALING_NOTE_INTERVAL_MS, StoreError } from "@counterfoil/core";
import type { MissingSecret, StoredSecret } from "@counterfoil/core";

/** A handle names its secret in one byte, and 0 is no secret's. */
const MAX_SECRET_VERSION = 255;

/** The number for one more secret. Never a number that was another's: its handles would name the wrong secret. */
export function nextSecretVersion(versions: readonly number[]): number {
  const next = Math.max(0, ...versions) + 1;
  if (next > MAX_SECRET_VERSION) {
    throw new StoreError("This ledger has had 255 secrets, and there is no number for another: start a new ledger.");
  }
  return next;
}

/** What a server that has `versions`, of which the first seals, is told; and what is to be noted of it. */
export interface Adoption {
  readonly missing: readonly MissingSecret[];
  readonly discarded: readonly MissingSecret[];
  /** The one that seals, unless that was noted a moment ago. */
  readonly seals: number | null;
  /** Those that nobody seals with yet and this server lacks. */
  readonly lacks: readonly number[];
}

export function adoption(
  known: readonly StoredSecret[],
  versions: readonly number[],
  now: number,
  neededSeconds: number,
): Adoption {
  const since = now - neededSeconds * 1000;
  const good = known.filter(({ discardedAt }) => discardedAt === null);
  const lacked = good.filter(({ version }) => !versions.includes(version));
  const held = good.filter(({ version }) => versions.includes(version));
  // The first that is good: a server whose first secret was discarded seals with the next that it has.
  const sealing = versions.flatMap((version) => held.find((secret) => secret.version === version) ?? []).at(0);
  return {
    missing: lacked.filter(({ sealedAt }) => sealedAt !== null && sealedAt >= since).map(name),
    discarded: known.filter(({ version, discardedAt }) => discardedAt !== null && versions.includes(version)).map(name),
    seals: sealing === undefined || isNoted(sealing.sealedAt, now) ? null : sealing.version,
    lacks: lacked
      .filter(({ sealedAt, lackedAt }) => sealedAt === null && !isNoted(lackedAt, now))
      .map(({ version }) => version),
  };
}

export function name({ version, fingerprint }: MissingSecret): MissingSecret {
  return { version, fingerprint };
}

/** Whether a note is recent enough to be left as it is. One from the future is a clock that stepped. */
function isNoted(at: number | null, now: number): boolean {
  return at !== null && Math.abs(now - at) < SEALING_NOTE_INTERVAL_MS;
}
