import { encodeBase64Url } from "@counterfoil/protocol";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { Crypto, PrivateKeyJwk, Signer } from "../crypto.ts";
import { ConfigurationError, StoreError } from "../errors.ts";
import type { KeyLedger, NewSigningKey, SigningKeyState, StoredSigningKey } from "../ledger/keys.ts";
import type { Keyring, SecretKeys } from "../secret/keyring.ts";
import type { Secret } from "../secret/secret.ts";

/** A signing key, opened: it can sign, and says what others verify with. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly state: SigningKeyState;
  readonly sign: Signer;
  /** What this server verifies with; for HS256 that is the key itself. */
  readonly verificationJwk: Readonly<Record<string, unknown>>;
}

export interface SigningKeys {
  readonly current: SigningKey;
  readonly all: readonly SigningKey[];
  /** Public keys only: a symmetric key is in no set (RFC 7517 §9.2). */
  readonly jwkSet: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
}

export interface LoadSigningKeys {
  readonly ledger: KeyLedger;
  readonly crypto: Crypto;
  readonly keyring: Keyring;
  readonly algorithm: SigningAlgorithm;
  /** The key of HS256, which the operator shares with the services that verify; unused by other algorithms. */
  readonly hs256Secret: Secret | null;
}

/**
 * The ledger's signing keys, opened; at the very first start one is made. A key whose secret is not configured is
 * left out: the server says that it is not ready, and still serves what it can.
 *
 * @throws StoreError as the ledger's operations do
 * @throws ConfigurationError if the key that should sign cannot be opened
 */
export async function loadSigningKeys(input: LoadSigningKeys): Promise<SigningKeys> {
  const { ledger, crypto, keyring, algorithm } = input;
  // HS256 has the one key that the operator gave; for the others one is made where the ledger has none.
  const given: UnsealedKey | null =
    algorithm === "HS256" ? symmetricKey(crypto, requireSecret(input.hs256Secret)) : null;
  for (let round = 0; round < 3; round++) {
    const stored = await ledger.listSigningKeys();
    const opened = stored.flatMap((key) => open(crypto, keyring, key) ?? []);
    // The key that the operator gives signs, also one that was given before and replaced: the setting was taken back.
    const current = opened.findLast(
      (key) => key.algorithm === algorithm && (given === null ? key.state === "signing" : key.kid === given.kid),
    );
    if (current?.state === "retired") {
      // Or it would be removed although it signs.
      await ledger.promoteSigningKey({ kid: current.kid, minimumAgeMs: 0 });
      continue;
    }
    if (current !== undefined) {
      await reseal(input, stored);
      return { current, all: opened, jwkSet: publicSet(opened) };
    }
    const key = sealed(crypto, keyring.sealing, algorithm, given ?? newKey(crypto, algorithm));
    const added = await ledger.addSigningKey(key);
    if (added.outcome === "secret_discarded") throw sealingDiscarded();
    // The operator has given HS256 another key: the old one verifies what it signed, and signs no more. The same key
    // is another process's that starts with this one, and must stay.
    if (added.outcome === "exists" && given !== null && added.kid !== given.kid) {
      await ledger.endSigningKey({ kid: added.kid, to: "retired" });
    }
  }
  throw new ConfigurationError(
    given === null
      ? "The ledger's signing key was sealed with a secret that is not configured: add that secret to COUNTERFOIL_SECRET, behind the first, or put the data directory's own file `secret` back. Where it is gone or may not be used again, `counterfoil secret replace` puts the new one in its place, and everybody signs in again."
      : "The key of HS256 was revoked, or the ledger has it sealed with a secret that is not configured: give another, or add that secret to COUNTERFOIL_SECRET, behind the first.",
  );
}

/** A new signing key, for any algorithm but HS256, sealed under one secret and ready to be announced. */
export function newSigningKey(crypto: Crypto, sealing: SecretKeys, algorithm: SigningAlgorithm): NewSigningKey {
  return sealed(crypto, sealing, algorithm, newKey(crypto, algorithm));
}

/** Since the secrets were read. Whoever knows the old one must not be able to open a key that is made after it. */
export function sealingDiscarded(): StoreError {
  return new StoreError(
    "The secret that a signing key would be sealed with was discarded just now by `counterfoil secret replace`: set COUNTERFOIL_SECRET to the new one; a running server reads its file again within half a minute.",
  );
}

/** RFC 7638, so that the same key has the same name wherever it is computed. */
export function jwkThumbprint(crypto: Crypto, jwk: Readonly<Record<string, unknown>>): string {
  const members = THUMBPRINT_MEMBERS[String(jwk["kty"])] ?? [];
  const canonical = Object.fromEntries(members.map((member) => [member, jwk[member]]));
  return encodeBase64Url(crypto.sha256(encode(JSON.stringify(canonical))));
}

const THUMBPRINT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  OKP: ["crv", "kty", "x"],
  RSA: ["e", "kty", "n"],
  oct: ["k", "kty"],
};

const PUBLIC_MEMBERS: ReadonlySet<string> = new Set(["kty", "crv", "x", "y", "n", "e"]);

interface UnsealedKey {
  readonly kid: string;
  readonly jwk: PrivateKeyJwk;
  readonly publicJwk: Readonly<Record<string, unknown>> | null;
}

function newKey(crypto: Crypto, algorithm: SigningAlgorithm): UnsealedKey {
  if (algorithm === "HS256") throw new TypeError("the key of HS256 is given, not made");
  const jwk = crypto.generateKey(algorithm);
  const kid = jwkThumbprint(crypto, jwk);
  const members = Object.entries(jwk).filter(([member]) => PUBLIC_MEMBERS.has(member));
  return { kid, jwk, publicJwk: { ...Object.fromEntries(members), kid, alg: algorithm, use: "sig" } };
}

/** Its name is derived one way from it, since every token carries the name. */
function symmetricKey(crypto: Crypto, secret: Secret): UnsealedKey {
  const kid = encodeBase64Url(crypto.hkdfSha256(secret.bytes(), "counterfoil/hs256-kid/1", 32));
  // The text's bytes, not the decoded ones: the services' libraries take the same text as it is.
  const jwk = { kty: "oct", k: encodeBase64Url(encode(secret.reveal())) };
  return { kid, jwk, publicJwk: null };
}

function sealed(
  crypto: Crypto,
  sealing: SecretKeys,
  algorithm: SigningAlgorithm,
  { kid, jwk, publicJwk }: UnsealedKey,
): NewSigningKey {
  return {
    kid,
    algorithm,
    publicJwk: publicJwk === null ? null : JSON.stringify(publicJwk),
    sealedKey: seal(crypto, sealing, kid, encode(JSON.stringify(jwk))),
    secretVersion: sealing.version,
  };
}

function open(crypto: Crypto, keyring: Keyring, stored: StoredSigningKey): SigningKey | null {
  const opened = unseal(crypto, keyring, stored);
  if (opened === null) return null;
  const jwk = JSON.parse(new TextDecoder().decode(opened)) as PrivateKeyJwk;
  const { kid, algorithm, state } = stored;
  const verificationJwk =
    stored.publicJwk === null
      ? { ...jwk, kid, alg: algorithm }
      : (JSON.parse(stored.publicJwk) as Readonly<Record<string, unknown>>);
  return { kid, algorithm, state, sign: crypto.signer(algorithm, jwk), verificationJwk };
}

function unseal(crypto: Crypto, keyring: Keyring, stored: StoredSigningKey): Uint8Array | null {
  const keys = keyring.byVersion.get(stored.secretVersion);
  return keys === undefined ? null : crypto.open(keys.signingKeysKey, stored.sealedKey, encode(stored.kid));
}

function seal(crypto: Crypto, { signingKeysKey }: SecretKeys, kid: string, key: Uint8Array): Uint8Array {
  return crypto.seal(signingKeysKey, key, encode(kid));
}

/** Keys move under the secret that seals now, or else the old secret could never be taken away. */
async function reseal(input: LoadSigningKeys, stored: readonly StoredSigningKey[]): Promise<void> {
  const { ledger, crypto, keyring } = input;
  const { sealing } = keyring;
  const secretVersion = sealing.version;
  for (const key of stored) {
    const { kid, secretVersion: from } = key;
    const opened = from === secretVersion ? null : unseal(crypto, keyring, key);
    if (opened === null) continue;
    const sealedKey = seal(crypto, sealing, kid, opened);
    const { outcome } = await ledger.resealSigningKey({ kid, from, secretVersion, sealedKey });
    if (outcome === "secret_discarded") throw sealingDiscarded();
  }
}

function publicSet(keys: readonly SigningKey[]): SigningKeys["jwkSet"] {
  return { keys: keys.filter((key) => key.algorithm !== "HS256").map((key) => key.verificationJwk) };
}

function requireSecret(secret: Secret | null): Secret {
  if (secret === null) throw new TypeError("HS256 needs its secret");
  return secret;
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
