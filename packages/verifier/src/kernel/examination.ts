import type { Revocation, SigningAlgorithm } from "@counterfoil/protocol";
import { TokenCache } from "../cache/token-cache.ts";
import type { CachedToken } from "../cache/token-cache.ts";
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
import { readCacheSize, readExpectation } from "./options.ts";
import type { ExaminationOptions } from "./options.ts";
import { refused } from "./refusal.ts";
import type { Refused, VerificationFailure } from "./refusal.ts";

/** A token that passed every check. */
export interface Accepted {
  readonly ok: true;
  readonly auth: Auth;
}

export type Verified = Accepted | Refused;

/** A token of which all but the signature may be right: nothing of its claims was read. */
export interface Candidate<Check> {
  readonly ok: null;
  readonly parts: CompactToken;
  readonly key: VerificationKey<Check>;
}

/** What there may be something against; a session that came by cookie has no key. */
export type Rechecked = Pick<Auth, "sub" | "sid" | "claimsVersion"> & Partial<Pick<Auth, "kid">>;

/** What was told of keys and revocations, and what is asked about them: the same for every kernel. */
export interface KernelState {
  /**
   * Adds what the feed told: the next call of `verify` refuses what it concerns, seen before or not.
   *
   * @throws TypeError for an entry of a type that this version does not know
   */
  readonly apply: (entry: Revocation) => void;
  /** What the feed has told so far, to be asked. */
  readonly revocations: RevocationView;
  /**
   * What has become known against who was accepted here, for whoever stays connected; `null` for nothing. What time it
   * is, is not asked.
   */
  readonly recheck: (auth: Rechecked) => VerificationFailure | null;
  /** How many there are, for metrics. */
  readonly sizes: { readonly keys: number; readonly cachedTokens: number; readonly revocations: number };
}

/**
 * What a token goes through, in two halves: the signature between them is checked by the kernel, which waits for it or
 * does not. `Check` is the kernel's way to check one.
 */
export interface Examination<Check> extends KernelState {
  /** The answer for a token that was verified before; `null` for any other. */
  recall(token: string): Verified | null;
  /** Size, form and header; or the whole answer, for a token that was seen before. */
  begin(token: string): Verified | Candidate<Check>;
  /** Claims, time and revocations, once the signature is known to hold or not. */
  finish(candidate: Candidate<Check>, isSigned: boolean): Verified;
  /** Those that are trusted now. */
  readonly keys: KeySet<Check>;
  /** Trusts exactly these from now on. */
  trust(keys: KeySet<Check>): void;
}

/** Headers that a valid signature has vouched for; an issuer writes one or two for each key. */
const MAX_KNOWN_HEADERS = 64;

/**
 * @param algorithms asymmetric ones, or HS256 alone
 * @throws TypeError if `issuer` or `audience` was left out
 */
export function createExamination<Check>(
  options: ExaminationOptions,
  algorithms: ReadonlySet<SigningAlgorithm>,
): Examination<Check> {
  const expected = readExpectation(options);
  const { clock } = options;
  const cache = new TokenCache(readCacheSize(options));
  const revocations = new RevocationSet(() => clock.monotonic());
  const knownHeaders = new Map<string, VerificationKey<Check>>();
  let keys: KeySet<Check> = new Map();
  // Rises with each change of keys and revocations. A cached token that was held against this generation needs no
  // look at either: a feed entry costs one increment, not a search for the tokens that it concerns.
  let generation = 0;

  function begin(token: unknown): Verified | Candidate<Check> {
    if (typeof token !== "string") return refused("malformed");
    if (token.length > MAX_TOKEN_LENGTH) return refused("too_large");
    const recalled = recall(token);
    if (recalled !== null) return recalled;
    const parts = parseToken(token);
    if (parts === null) return refused("malformed");
    const key = knownHeaders.get(parts.headerText) ?? decodeHeader(parts.header, algorithms, keys);
    return typeof key === "string" ? refused(key) : { ok: null, parts, key };
  }

  function finish({ parts, key }: Candidate<Check>, isSigned: boolean): Verified {
    if (!isSigned) return refused("bad_signature");
    // It may have gone while its signature was checked.
    if (keys.get(key.kid) !== key) return refused("unknown_key");
    if (knownHeaders.size < MAX_KNOWN_HEADERS && !knownHeaders.has(parts.headerText)) {
      knownHeaders.set(copyText(parts.text.subarray(0, parts.headerText.length)), key);
    }
    const payload = decodeJsonObject(parts.payload);
    if (payload === null) return refused("bad_claims");
    const claims = validateClaims(payload, expected);
    if (typeof claims === "string") return refused(claims);
    const validity = validityOf(claims);
    const untimely = validateTime(validity, clock.now());
    if (untimely !== null) return refused(untimely);
    const auth = toAuth(claims, key.kid);
    const known = recheck(auth);
    if (known !== null) return refused(known);
    const accepted: Accepted = Object.freeze({ ok: true, auth });
    cache.add({ token: copyText(parts.text), key, validity, accepted, generation });
    return accepted;
  }

  function recall(token: string): Verified | null {
    const cached = cache.get(token);
    if (cached === undefined) return null;
    // What can have changed since is the time, the keys and the revocations.
    const refusal = validateTime(cached.validity, clock.now()) ?? findChange(cached);
    if (refusal === null) return cached.accepted;
    cache.delete(cached);
    return refused(refusal);
  }

  function findChange(cached: CachedToken): VerificationFailure | null {
    if (cached.generation === generation) return null;
    // Another key may have its kid by now.
    if (keys.get(cached.key.kid) !== cached.key) return "unknown_key";
    const known = recheck(cached.accepted.auth);
    if (known === null) cached.generation = generation;
    return known;
  }

  function recheck(auth: Rechecked): VerificationFailure | null {
    if (auth.kid !== undefined && revocations.hasKey(auth.kid)) return "key_revoked";
    if (auth.kid !== undefined && !keys.has(auth.kid)) return "unknown_key";
    if (revocations.has(auth.sid)) return "session_revoked";
    const version = revocations.claimsVersion(auth.sub);
    return version !== null && auth.claimsVersion < version ? "claims_changed" : null;
  }

  return {
    recall,
    begin,
    finish,
    get keys() {
      return keys;
    },
    trust(fresh) {
      keys = fresh;
      knownHeaders.clear();
      generation++;
    },
    apply(entry) {
      revocations.add(entry);
      generation++;
    },
    revocations,
    recheck,
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
