import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { SignatureCheck, SignaturePort } from "../signature/signature-port.ts";
import { readJwk } from "./jwk.ts";
import type { Jwk } from "./jwk.ts";

/** A trusted key. The same object for as long as the same key is trusted, so that what it verified can name it. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly check: SignatureCheck;
  /** Equal for equal keys only. It holds a symmetric key's secret: it goes nowhere. */
  readonly identity: string;
}

export type KeySet = ReadonlyMap<string, VerificationKey>;

/**
 * The trusted keys (RFC 7517 §5). Keys for algorithms that are not accepted here are left out; keys that were trusted
 * before are taken over as they are.
 *
 * @throws TypeError if a key must not be used, two have one `kid`, or a shared secret stands beside public keys or
 *   where only public keys are accepted: nothing of such a set can be trusted to be what its author meant
 */
export function createKeySet(
  jwks: readonly Jwk[],
  algorithms: ReadonlySet<SigningAlgorithm>,
  signatures: SignaturePort,
  trusted: KeySet,
): KeySet {
  const keys = new Map<string, VerificationKey>();
  const kids = new Set<unknown>();
  for (const entry of jwks) {
    const jwk = readJwk(entry);
    if (kids.has(entry["kid"])) throw new TypeError(`Two keys have the kid ${JSON.stringify(entry["kid"])}.`);
    kids.add(entry["kid"]);
    if (jwk === null) continue;
    if ((jwk.alg === "HS256") !== algorithms.has("HS256")) {
      throw new TypeError(
        `The key ${JSON.stringify(jwk.kid)} is refused: HS256 and asymmetric keys are never accepted together.`,
      );
    }
    if (!algorithms.has(jwk.alg)) continue;
    const identity = JSON.stringify(jwk);
    const known = trusted.get(jwk.kid);
    if (known?.identity === identity) keys.set(jwk.kid, known);
    else keys.set(jwk.kid, { kid: jwk.kid, algorithm: jwk.alg, check: importKey(signatures, jwk), identity });
  }
  return keys;
}

function importKey(signatures: SignaturePort, jwk: Parameters<SignaturePort["importKey"]>[0]): SignatureCheck {
  try {
    return signatures.importKey(jwk);
  } catch (cause) {
    throw new TypeError(`The key ${JSON.stringify(jwk.kid)} is refused: it is not a valid ${jwk.kty} key.`, { cause });
  }
}
