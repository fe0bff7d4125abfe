import type { SigningAlgorithm } from "@counterfoil/protocol";
import { readJwk, refused } from "./jwk.ts";
import type { Jwk, VerificationJwk } from "./jwk.ts";

/**
 * A trusted key. The same object for as long as the same key is trusted, so that what it verified can name it. `Check`
 * is what the platform made of it.
 */
export interface VerificationKey<Check = unknown> {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly check: Check;
  /** Equal for equal keys only. It holds a symmetric key's secret: it goes nowhere. */
  readonly identity: string;
}

export type KeySet<Check = unknown> = ReadonlyMap<string, VerificationKey<Check>>;

/**
 * The trusted keys (RFC 7517 §5). Keys for algorithms that are not accepted here are left out; keys that were trusted
 * before are taken over as they are.
 *
 * @throws TypeError if a key must not be used, two have one `kid`, or a shared secret stands beside public keys or
 *   where only public keys are accepted: nothing of such a set can be trusted to be what its author meant
 */
export function createKeySet<Check>(
  jwks: readonly Jwk[],
  algorithms: ReadonlySet<SigningAlgorithm>,
  importKey: (jwk: VerificationJwk) => Check,
  trusted: KeySet<Check>,
): KeySet<Check> {
  const keys = new Map<string, VerificationKey<Check>>();
  const kids = new Set<unknown>();
  for (const entry of jwks) {
    const jwk = readJwk(entry);
    if (kids.has(entry["kid"])) throw new TypeError(`Two keys have the kid ${JSON.stringify(entry["kid"])}.`);
    kids.add(entry["kid"]);
    if (jwk === null) continue;
    if ((jwk.alg === "HS256") !== algorithms.has("HS256")) {
      throw refused(jwk.kid, "HS256 and asymmetric keys are never accepted together");
    }
    if (!algorithms.has(jwk.alg)) continue;
    const identity = JSON.stringify(jwk);
    const known = trusted.get(jwk.kid);
    if (known?.identity === identity) keys.set(jwk.kid, known);
    else keys.set(jwk.kid, { kid: jwk.kid, algorithm: jwk.alg, check: importKey(jwk), identity });
  }
  return keys;
}

/** Why the platform could not import the key, in a sentence. */
export function notImported(jwk: VerificationJwk, cause: unknown): TypeError {
  const lacking = cause instanceof Error && cause.name === "NotSupportedError";
  const why = lacking ? `this runtime has no ${jwk.alg}` : `it is not a valid ${jwk.kty} key`;
  return refused(jwk.kid, why, { cause });
}
