import type { AccessTokenClaims } from "@counterfoil/protocol";

/** Who a request is from, whichever credential it came with. Frozen: requests with the same credential share it. */
export interface RequestAuth {
  readonly sub: string;
  /** The session's public identifier: safe to log. */
  readonly sid: string;
  readonly roles: readonly string[];
  /** When the user last proved presence, milliseconds since the epoch. */
  readonly authTime: number;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
  readonly claimsVersion: number;
  /** Until when the credential is good at the most, milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly via: "cookie" | "access_token";
  /** The access token's, as they were signed, with the application's own; `null` for a cookie. */
  readonly claims: AccessTokenClaims | null;
}
