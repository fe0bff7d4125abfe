import { encodeBase64Url } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import { StoreError } from "../errors.ts";
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

/**
 * The keyring of a running server: its secrets may be others than at the start. Whoever uses it takes one of its
 * members, once, in one turn, and so never sees half of a change.
 */
export class LiveKeyring implements Keyring {
  #ring: Keyring | null = null;

  /**
   * What seals.
   *
   * @throws StoreError if no secret that this server has is good any more
   */
  get sealing(): SecretKeys {
    if (this.#ring === null) throw new StoreError(NOTHING_SEALS);
    return this.#ring.sealing;
  }

  get byVersion(): ReadonlyMap<number, SecretKeys> {
    return this.#ring?.byVersion ?? NONE;
  }

  /** The ring as it is now, for work that waits in between. */
  get current(): Keyring | null {
    return this.#ring;
  }

  /**
   * @param ring `null`: every secret that this server has was discarded
   * @returns whether a secret that was accepted before is not any more
   */
  replace(ring: Keyring | null): boolean {
    const before = this.byVersion;
    this.#ring = ring;
    return [...before.keys()].some((version) => !this.byVersion.has(version));
  }
}

const NONE: ReadonlyMap<number, SecretKeys> = new Map();

const NOTHING_SEALS =
  "Every secret that this server has was discarded by `counterfoil secret replace`: set COUNTERFOIL_SECRET to the new one, and start the server again.";
