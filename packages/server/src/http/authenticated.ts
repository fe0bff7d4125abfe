import type { RefusalReason, Session, Sid, Subject } from "@counterfoil/core";
import type { ErrorCode } from "@counterfoil/protocol";
import type { Services } from "../services.ts";
import type { Credential } from "./credential.ts";
import { readCredential } from "./credential.ts";

/** Who a request is from, by its cookie or its access token. */
export interface Authenticated {
  readonly via: "cookie" | "access_token";
  readonly sid: Sid;
  readonly subject: Subject;
  readonly roles: readonly string[];
  /** Milliseconds since the epoch. */
  readonly authTime: number;
  /** The record, where the credential led to it; else {@link sessionOf} reads it. */
  readonly session: Session | null;
}

export type Authentication =
  | { readonly outcome: "authenticated"; readonly who: Authenticated }
  | {
      readonly outcome: "refused";
      readonly code: ErrorCode;
      readonly reason: RefusalReason;
      readonly sentence?: string;
      readonly sid?: Sid | null;
      readonly subject?: Subject | null;
      /** Whether the credential was to be a bearer's, or there was none: then the answer carries a challenge. */
      readonly challenge: boolean;
    };

/**
 * @throws StoreError where the ledger has to be asked and is out of reach: never a refusal of the user
 */
export async function authenticateRequest(
  services: Services,
  request: Request,
  options: { readonly activity: boolean } = { activity: true },
): Promise<Authentication> {
  const credential = readCredential(request, services.cookieName);
  switch (credential.kind) {
    case "none":
      return { outcome: "refused", code: "not_authenticated", reason: "no_credential", challenge: true };
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
  return { outcome: "refused", code: credential.code, reason, sentence: credential.why, challenge: false };
}

/** Who an access token is of, checked as any service checks it. */
export async function authenticateToken(services: Services, token: string): Promise<Authentication> {
  await services.follower.ensureFresh();
  const verified = services.kernel.verify(token);
  if (!verified.ok) {
    return { outcome: "refused", code: verified.code, reason: "access_token_refused", challenge: true };
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
      session: null,
    },
  };
}

async function bySessionToken(services: Services, token: string, activity: boolean): Promise<Authentication> {
  const resolved = await services.resolver.bySessionToken(token, "check", activity);
  if (resolved.outcome === "refused") {
    return { ...resolved, code: "invalid_session", challenge: false };
  }
  const { session } = resolved;
  const { sid, subject, roles, authTime } = session;
  return { outcome: "authenticated", who: { via: "cookie", sid, subject, roles, authTime, session } };
}

/** The session's record; `null` if it has ended since its access token was verified. */
export async function sessionOf(services: Services, who: Authenticated): Promise<Session | null> {
  return who.session ?? services.resolver.bySid(who.sid);
}
