import { StoreError } from "@counterfoil/core";

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
