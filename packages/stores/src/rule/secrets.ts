import { SEALING_NOTE_INTERVAL_MS, StoreError } from "@counterfoil/core";
import type { MissingSecret } from "@counterfoil/core";

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

export interface KnownSecret extends MissingSecret {
  /** When a server last said that it seals with it; `null` for never. */
  readonly sealedAt: number | null;
}

/** Those that something alive may be sealed with, and that are not among `versions`. */
export function missingSecrets(
  known: readonly KnownSecret[],
  versions: readonly number[],
  since: number,
): readonly MissingSecret[] {
  return known
    .filter(({ version, sealedAt }) => sealedAt !== null && sealedAt >= since && !versions.includes(version))
    .map(({ version, fingerprint }) => ({ version, fingerprint }));
}

/** Whether a note of sealing is recent enough to be left as it is. One from the future is a clock that stepped. */
export function isNoted(sealedAt: number | null, now: number): boolean {
  return sealedAt !== null && Math.abs(now - sealedAt) < SEALING_NOTE_INTERVAL_MS;
}
