import type { AccessTokenClaims } from "@counterfoil/protocol";

/** Who calls, as the token says. Frozen throughout: requests with the same token share it. */
export interface Auth {
  readonly sub: string;
  /** The session's public identifier: safe to log. */
  readonly sid: string;
  readonly roles: readonly string[];
  readonly clientId: string;
  /** When the user last proved presence, in milliseconds since the epoch, as is `expiresAt`. */
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly claimsVersion: number;
  readonly jti: string;
  readonly expiresAt: number;
  /** The claims as they were signed, instants in seconds; the application's own are here. */
  readonly claims: AccessTokenClaims;
}

/** @param claims frozen */
export function toAuth(claims: AccessTokenClaims): Auth {
  return Object.freeze({
    sub: claims.sub,
    sid: claims.sid,
    roles: claims.roles,
    clientId: claims.client_id,
    authTime: claims.auth_time * 1000,
    amr: claims.amr,
    claimsVersion: claims.claims_version,
    jti: claims.jti,
    expiresAt: claims.exp * 1000,
    claims,
  });
}
