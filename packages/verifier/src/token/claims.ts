import { MAX_ACCESS_TOKEN_TTL_SECONDS } from "@counterfoil/protocol";
import type { AccessTokenClaims } from "@counterfoil/protocol";

/** How far the issuer's clock may be from ours. */
export const TOLERANCE_SECONDS = 5;

/** What a token is held to, beside its signature. `null` is a check that was refused aloud. */
export interface Expectation {
  readonly issuer: string | null;
  readonly audiences: readonly string[] | null;
}

export type ClaimsRefusal = "bad_claims" | "wrong_issuer" | "wrong_audience" | "lifetime_too_long" | TimeRefusal;

export type TimeRefusal = "expired" | "not_yet_valid";

/** The claims, if they are all there, of their types, and meant for us; else what is wrong. Time is not asked here. */
export function validateClaims(
  claims: Readonly<Record<string, unknown>>,
  expected: Expectation,
): AccessTokenClaims | ClaimsRefusal {
  if (!isAccessTokenClaims(claims)) return "bad_claims";
  const { issuer, audiences } = expected;
  if (issuer !== null && claims.iss !== issuer) return "wrong_issuer";
  if (audiences !== null && !isFor(claims.aud, audiences)) return "wrong_audience";
  const lifetime = claims.exp - claims.iat;
  if (lifetime <= 0) return "bad_claims";
  // A longer one could outlive the feed's entry that revokes it.
  if (lifetime > MAX_ACCESS_TOKEN_TTL_SECONDS) return "lifetime_too_long";
  return claims;
}

/** The time in which the token is good, in milliseconds since the epoch: `from` included, `until` not. */
export interface Validity {
  readonly from: number;
  readonly until: number;
}

export function validityOf(claims: AccessTokenClaims): Validity {
  const notBefore = Math.max(claims.iat, (claims["nbf"] as number | undefined) ?? 0);
  return { from: (notBefore - TOLERANCE_SECONDS) * 1000, until: (claims.exp + TOLERANCE_SECONDS) * 1000 };
}

/** RFC 7519 §4.1.4 to 4.1.6. A clock that gives no number finds nothing valid. */
export function validateTime(validity: Validity, now: number): TimeRefusal | null {
  if (!(now < validity.until)) return "expired";
  return now >= validity.from ? null : "not_yet_valid";
}

/** Required by RFC 9068 §2.2, and by us: `sid`, `auth_time`, `amr`, `roles` and `claims_version`. */
function isAccessTokenClaims(claims: Readonly<Record<string, unknown>>): claims is AccessTokenClaims {
  return (
    isText(claims["iss"]) &&
    isAudience(claims["aud"]) &&
    isCount(claims["exp"]) &&
    isCount(claims["iat"]) &&
    (claims["nbf"] === undefined || isCount(claims["nbf"])) &&
    isText(claims["sub"]) &&
    isText(claims["sid"]) &&
    isText(claims["jti"]) &&
    isText(claims["client_id"]) &&
    isCount(claims["auth_time"]) &&
    isCount(claims["claims_version"]) &&
    isTexts(claims["amr"]) &&
    isTexts(claims["roles"])
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Seconds and versions are whole: a fraction, `1e400` or a negative is nothing that the issuer writes. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTexts(value: unknown): value is readonly string[] {
  if (!Array.isArray(value)) return false;
  for (let index = 0; index < value.length; index++) if (!isText(value[index])) return false;
  return true;
}

function isAudience(value: unknown): value is string | readonly string[] {
  return isText(value) || (isTexts(value) && value.length > 0);
}

/** Exact strings: no prefix, no case folding, no URL equivalence (RFC 8725 §3.9). */
function isFor(audience: string | readonly string[], ours: readonly string[]): boolean {
  return typeof audience === "string" ? ours.includes(audience) : audience.some((one) => ours.includes(one));
}
