import type { Revocation } from "@counterfoil/protocol";
import { TokenCache } from "../cache/token-cache.ts";
import type { CachedToken } from "../cache/token-cache.ts";
import type { Jwk } from "../key/jwk.ts";
import { createKeySet } from "../key/key-set.ts";
import type { KeySet, VerificationKey } from "../key/key-set.ts";
import { RevocationSet } from "../revocation/revocation-set.ts";
import type { RevocationView } from "../revocation/revocation-set.ts";
import { toAuth } from "../token/auth.ts";
import type { Auth } from "../token/auth.ts";
import { validateClaims, validateTime, validityOf } from "../token/claims.ts";
import { decodeHeader } from "../token/header.ts";
import { decodeJsonObject } from "../token/json.ts";
import { MAX_TOKEN_LENGTH, parseToken } from "../token/parse.ts";
import type { CompactToken } from "../token/parse.ts";
import { readAlgorithms, readCacheSize, readExpectation } from "./options.ts";
import type { KernelOptions } from "./options.ts";
import { REFUSED } from "./refusal.ts";
import type { Refused, VerificationFailure } from "./refusal.ts";

/** A token that passed every check. */
export interface Accepted {
  readonly ok: true;
  readonly auth: Auth;
}

export type Verified = Accepted | Refused;

/** Checks access tokens, with no I/O: keys and revocations are told to it. */
export interface Kernel {
  /**
   * Size, form, header, signature, claims, time, revocation set: in this order, and nothing before its turn (RFC 9068
   * §4, RFC 8725 §3, ASVS V9). A bad token is a value, whatever it is: nothing is thrown.
   */
  verify(token: string): Verified;
  /**
   * Trusts exactly these keys from now on; none is trusted before the first call.
   *
   * @throws TypeError if one must not be used (the sentence names its `kid`); the keys stay as they were
   */
  setKeys(keys: readonly Jwk[]): void;
  /**
   * Adds what the feed told: the next call of `verify` refuses what it concerns, seen before or not.
   *
   * @throws TypeError for an entry of a type that this version does not know
   */
  apply(entry: Revocation): void;
  /**
   * Takes a snapshot of the feed in place of all that it told before.
   *
   * @throws TypeError as `apply` does; the set stays as it was
   */
  replaceRevocations(entries: Iterable<Revocation>): void;
  readonly revocations: RevocationView;
  /** How many there are, for metrics. */
  readonly sizes: { readonly keys: number; readonly cachedTokens: number; readonly revocations: number };
}

/** Headers that a valid signature has vouched for; an issuer writes one or two for each key. */
const MAX_KNOWN_HEADERS = 64;

/**
 * A kernel that knows no keys yet.
 *
 * @throws TypeError if `issuer` or `audience` was left out, or `algorithms` mixes families
 */
export function createKernel(options: KernelOptions): Kernel {
  const expected = readExpectation(options);
  const algorithms = readAlgorithms(options);
  const { signatures, clock } = options;
  const cache = new TokenCache(readCacheSize(options));
  const revocations = new RevocationSet(() => clock.monotonic());
  const knownHeaders = new Map<string, VerificationKey>();
  let keys: KeySet = new Map();
  // Rises with each change of keys and revocations. A cached token that was held against this generation needs no
  // look at either: a feed entry costs one increment, not a search for the tokens that it concerns.
  let generation = 0;

  function verify(token: unknown): Verified {
    if (typeof token !== "string") return REFUSED.malformed;
    if (token.length > MAX_TOKEN_LENGTH) return REFUSED.too_large;
    const cached = cache.get(token);
    if (cached !== undefined) return verifyAgain(cached);
    const parts = parseToken(token);
    if (parts === null) return REFUSED.malformed;
    const known = knownHeaders.get(parts.headerText);
    const key = known ?? decodeHeader(parts.header, algorithms, keys);
    if (typeof key === "string") return REFUSED[key];
    if (!isSigned(parts, key)) return REFUSED.bad_signature;
    if (known === undefined && knownHeaders.size < MAX_KNOWN_HEADERS) {
      knownHeaders.set(copyText(parts.text.subarray(0, parts.headerText.length)), key);
    }
    return validate(parts, key);
  }

  function validate(parts: CompactToken, key: VerificationKey): Verified {
    const payload = decodeJsonObject(parts.payload);
    if (payload === null) return REFUSED.bad_claims;
    const claims = validateClaims(payload, expected);
    if (typeof claims === "string") return REFUSED[claims];
    const validity = validityOf(claims);
    const untimely = validateTime(validity, clock.now());
    if (untimely !== null) return REFUSED[untimely];
    const auth = toAuth(claims);
    const revoked = findRevocation(auth, key);
    if (revoked !== null) return REFUSED[revoked];
    const accepted: Accepted = Object.freeze({ ok: true, auth });
    cache.add({ token: copyText(parts.text), key, validity, accepted, generation });
    return accepted;
  }

  /** The token's text was verified before; what can have changed is the time, the keys and the revocations. */
  function verifyAgain(cached: CachedToken): Verified {
    const refusal = validateTime(cached.validity, clock.now()) ?? findChange(cached);
    if (refusal === null) return cached.accepted;
    cache.delete(cached);
    return REFUSED[refusal];
  }

  function findChange(cached: CachedToken): VerificationFailure | null {
    if (cached.generation === generation) return null;
    if (keys.get(cached.key.kid) !== cached.key) return "unknown_key";
    const revoked = findRevocation(cached.accepted.auth, cached.key);
    if (revoked === null) cached.generation = generation;
    return revoked;
  }

  function findRevocation(auth: Auth, key: VerificationKey): VerificationFailure | null {
    if (revocations.hasKey(key.kid)) return "key_revoked";
    if (revocations.has(auth.sid)) return "session_revoked";
    const version = revocations.claimsVersion(auth.sub);
    return version !== null && auth.claimsVersion < version ? "claims_changed" : null;
  }

  return {
    verify,
    setKeys(jwks) {
      keys = createKeySet(jwks, algorithms, signatures, keys);
      knownHeaders.clear();
      generation++;
    },
    apply(entry) {
      revocations.add(entry);
      generation++;
    },
    replaceRevocations(entries) {
      revocations.replace(entries);
      generation++;
    },
    revocations,
    get sizes() {
      return { keys: keys.size, cachedTokens: cache.size, revocations: revocations.size };
    },
  };
}

const ascii = new TextDecoder();

/** Text of its own: a slice of the sender's would keep all that it was cut from in memory, a whole request perhaps. */
function copyText(bytes: Uint8Array): string {
  return ascii.decode(bytes);
}

/** Whatever goes wrong in there, the signature does not hold (ASVS V11.2.5). */
function isSigned(parts: CompactToken, key: VerificationKey): boolean {
  try {
    return key.check(parts.signingInput, parts.signature);
  } catch {
    return false;
  }
}
