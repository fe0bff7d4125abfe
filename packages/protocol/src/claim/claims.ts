/** The media type of an access token without its `application/` (RFC 9068 §2.1): no other token kind passes for one. */
export const ACCESS_TOKEN_TYPE = "at+jwt";

/**
 * The longest life of an access token. A verifier refuses `exp - iat` above it, so that an entry of the revocation
 * feed may be forgotten once every token that it could concern has expired.
 */
export const MAX_ACCESS_TOKEN_TTL_SECONDS = 15 * 60;

/**
 * The signature algorithms that are accepted anywhere. `Ed25519` is the fully specified name (RFC 9864); `EdDSA` is
 * the same signature under the name that older libraries know.
 */
export const SIGNING_ALGORITHMS = ["ES256", "Ed25519", "EdDSA", "RS256", "HS256"] as const;

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** What an access token says (RFC 9068 §2.2). Nothing personal: the payload is encoded, not encrypted. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  /** Seconds since the epoch, as are `iat` and `auth_time`. */
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  /** The session's public identifier; what the revocation feed names. */
  readonly sid: string;
  readonly client_id: string;
  /** When the user last proved presence; no refresh moves it (RFC 9068 §2.2.1). */
  readonly auth_time: number;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
  readonly roles: readonly string[];
  /** Rises with each decision about the user; an older one is refused as `claims_changed`. */
  readonly claims_version: number;
  readonly [added: string]: unknown;
}

/** Claims that an application may not add: ours, and those that have a meaning elsewhere (RFC 7519, OpenID Connect). */
export const RESERVED_CLAIMS: ReadonlySet<string> = new Set([
  "iss",
  "sub",
  "aud",
  "exp",
  "nbf",
  "iat",
  "jti",
  "sid",
  "client_id",
  "auth_time",
  "amr",
  "acr",
  "azp",
  "act",
  "may_act",
  "cnf",
  "scope",
  "nonce",
  "at_hash",
  "c_hash",
  "events",
  "roles",
  "claims_version",
  "__proto__",
  "constructor",
  "prototype",
]);
