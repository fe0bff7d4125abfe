import type { RefusalReason, Session, Sid, Subject } from "@counterfoil/core";
import { readCredential } from "@counterfoil/protocol";
import type { AccessTokenClaims, Credential, CredentialCarrier, ErrorCode } from "@counterfoil/protocol";
import type { Verified } from "@counterfoil/verifier";
import type { Services } from "../services.ts";
import type { AnswerHeaders } from "./answer.ts";
import type { Soon } from "./check-token.ts";
import { checkToken } from "./check-token.ts";

/** Who a request is from, by its cookie or its access token. */
export interface Authenticated {
  readonly via: "cookie" | "access_token";
  readonly sid: Sid;
  readonly subject: Subject;
  readonly roles: readonly string[];
  /** Milliseconds since the epoch. */
  readonly authTime: number;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
  readonly claimsVersion: number;
  /** Until when the credential is good at the most, milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The access token's, as they were signed; `null` for a cookie. */
  readonly claims: AccessTokenClaims | null;
  /** The record, where the credential led to it; else {@link sessionOf} reads it. */
  readonly session: Session | null;
}

/** The refusal where no credential came; its challenge then has no error code (RFC 6750 §3). */
export const NOT_AUTHENTICATED = {
  code: "not_authenticated",
  reason: "no_credential",
  headers: { "WWW-Authenticate": "Bearer" } as AnswerHeaders,
} as const;

const ENDED_CHALLENGE: AnswerHeaders = { "WWW-Authenticate": 'Bearer error="invalid_token"' };

export type Authentication =
  | { readonly outcome: "authenticated"; readonly who: Authenticated }
  | {
      readonly outcome: "refused";
      readonly code: ErrorCode;
      readonly reason: RefusalReason;
      readonly sentence?: string;
      readonly detail?: string;
      readonly sid?: Sid | null;
      readonly subject?: Subject | null;
      /** The challenge, where the credential was to be a bearer's or there was none (RFC 6750 §3). */
      readonly headers: AnswerHeaders;
    };

/**
 * @throws StoreError (as a rejection) where the ledger has to be asked and is out of reach: never a refusal of the user
 */
export function authenticateRequest(
  services: Services,
  request: CredentialCarrier,
  options: { readonly activity: boolean } = { activity: true },
): Soon<Authentication> {
  const credential = readCredential(request, services.cookieName);
  switch (credential.kind) {
    case "none":
      return { outcome: "refused", ...NOT_AUTHENTICATED };
    case "ambiguous":
    case "malformed":
      return refusedCredential(credential);
    case "bearer":
      return authenticateToken(services, credential.token);
    case "cookie":
      return bySessionToken(services, credential.token, options.activity);
  }
}

/** A credential that cannot be read as one, or not as just one. */
export function refusedCredential(
  credential: Extract<Credential, { readonly kind: "ambiguous" | "malformed" }>,
): Extract<Authentication, { readonly outcome: "refused" }> {
  const reason = credential.kind === "ambiguous" ? "ambiguous_credentials" : "malformed";
  return { outcome: "refused", code: credential.code, reason, sentence: credential.why, headers: {} };
}

/** Who an access token is of, checked as any service checks it. */
export function authenticateToken(services: Services, token: string): Soon<Authentication> {
  const verified = checkToken(services, token);
  return verified instanceof Promise ? verified.then(byToken) : byToken(verified);
}

function byToken(verified: Verified): Authentication {
  if (!verified.ok) {
    const { code, reason: detail, headers } = verified;
    return { outcome: "refused", code, reason: "access_token_refused", detail, headers };
  }
  const { auth } = verified;
  return {
    outcome: "authenticated",
    who: {
      via: "access_token",
      sid: auth.sid as Sid,
      subject: auth.sub as Subject,
      roles: auth.roles,
      authTime: auth.authTime,
      amr: auth.amr,
      claimsVersion: auth.claimsVersion,
      expiresAt: auth.expiresAt,
      claims: auth.claims,
      session: null,
    },
  };
}

function bySessionToken(services: Services, token: string, activity: boolean): Soon<Authentication> {
  const session = services.resolver.fromMemory(token, activity);
  return session === null ? askForSession(services, token, activity) : byCookie(session);
}

async function askForSession(services: Services, token: string, activity: boolean): Promise<Authentication> {
  const resolved = await services.resolver.bySessionToken(token, "check", activity);
  if (resolved.outcome === "refused") {
    return { ...resolved, code: "invalid_session", headers: {} };
  }
  return byCookie(resolved.session);
}

export function byCookie(session: Session): Extract<Authentication, { readonly outcome: "authenticated" }> {
  const { sid, subject, roles, authTime, amr, claimsVersion, expiresAt } = session;
  return {
    outcome: "authenticated",
    who: { via: "cookie", sid, subject, roles, authTime, amr, claimsVersion, expiresAt, claims: null, session },
  };
}

/** The session's record; `null` if it has ended since its access token was verified. */
export function sessionOf(services: Services, who: Authenticated): Soon<Session | null> {
  return who.session ?? services.resolver.fromMemoryBySid(who.sid) ?? services.resolver.bySid(who.sid);
}

/** The refusal of a credential whose session ended after the credential itself had passed. */
export function sessionOver({
  via,
  sid,
  subject,
}: Pick<Authenticated, "via"> & { readonly sid: Sid | null; readonly subject: Subject | null }) {
  return via === "cookie"
    ? ({ code: "invalid_session", reason: "session_over", sid, subject } as const)
    : ({ code: "invalid_token", reason: "session_over", sid, subject, headers: ENDED_CHALLENGE } as const);
}
