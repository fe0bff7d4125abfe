import { encodeBase64Url } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import type { HandleKind } from "../handle/handle.ts";
import type { Secret } from "./secret.ts";

/** What is derived from one secret. The keys are per use, so that none can be made to do another's work. */
export interface SecretKeys {
  /** The number that the ledger gave this secret: the first byte of each handle that it sealed. */
  readonly version: number;
  readonly handleKeys: Readonly<Record<HandleKind, Uint8Array>>;
  /** Seals the signing keys' private halves. */
  readonly signingKeysKey: Uint8Array;
}

/** All secrets that are accepted, and the one that seals. */
export interface Keyring {
  readonly sealing: SecretKeys;
  readonly byVersion: ReadonlyMap<number, SecretKeys>;
}

/** Names a secret without telling it: the ledger keeps these, so that a server that lacks one can say which. */
export type SecretFingerprint = string & { readonly __brand: "SecretFingerprint" };

export function fingerprint(crypto: Crypto, secret: Secret): SecretFingerprint {
  return encodeBase64Url(crypto.hkdfSha256(secret.bytes(), "counterfoil/fingerprint/1", 12)) as SecretFingerprint;
}

/** @param secrets in the operator's order, each with the ledger's number for it; the first seals */
export function createKeyring(
  crypto: Crypto,
  secrets: readonly { readonly version: number; readonly secret: Secret }[],
): Keyring {
  const all = secrets.map(({ version, secret }): SecretKeys => {
    const derive = (use: string) => crypto.hkdfSha256(secret.bytes(), `counterfoil/${use}/1`, 32);
    return {
      version,
      handleKeys: { session: derive("session"), refresh: derive("refresh") },
      signingKeysKey: derive("signing-keys"),
    };
  });
  const [sealing] = all;
  if (sealing === undefined) throw new RangeError("a keyring has at least one secret");
  return { sealing, byVersion: new Map(all.map((keys) => [keys.version, keys])) };
}
