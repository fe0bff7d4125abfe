import type { AccessTokenClaims } from "@counterfoil/protocol";
import type { RequestAuth } from "../request/auth.ts";

/** Who calls, as the token says. Frozen throughout: requests with the same token share it. */
export interface Auth extends RequestAuth {
  readonly clientId: string;
  readonly jti: string;
  /** The key that signed it. */
  readonly kid: string;
  readonly via: "access_token";
  /** The claims as they were signed, instants in seconds; the application's own are here. */
  readonly claims: AccessTokenClaims;
}

/** @param claims frozen */
export function toAuth(claims: AccessTokenClaims, kid: string): Auth {
  return Object.freeze({
    sub: claims.sub,
    sid: claims.sid,
    roles: claims.roles,
    clientId: claims.client_id,
    authTime: claims.auth_time * 1000,
    amr: claims.amr,
    claimsVersion: claims.claims_version,
    jti: claims.jti,
    kid,
    expiresAt: claims.exp * 1000,
    via: "access_token",
    claims,
  });
}
