import type { Crypto } from "../crypto.ts";
import type { SecretFingerprint } from "../secret/keyring.ts";
import { fingerprint } from "../secret/keyring.ts";
import type { Secret } from "../secret/secret.ts";

/** A secret that is hashed into passwords. */
export interface Pepper {
  /** What a stored hash names it by. */
  readonly fingerprint: SecretFingerprint;
  /** A key of this use alone: no other that is derived from the same secret is of any use with it. */
  readonly key: Uint8Array;
}

export function createPepper(crypto: Crypto, secret: Secret): Pepper {
  const key = crypto.hkdfSha256(secret.bytes(), "counterfoil/password-pepper/1", 32);
  return { fingerprint: fingerprint(crypto, secret), key };
}
