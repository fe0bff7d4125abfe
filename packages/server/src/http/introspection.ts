import { audienceOf, HANDLE_PREFIX, hashLocator, openHandle, ranOut } from "@counterfoil/core";
import type { Session, SessionRecord, Sid } from "@counterfoil/core";
import { z } from "zod";
import type { Services } from "../services.ts";
import { checkToken } from "./check-token.ts";

/** All that is told of a token that is not good (RFC 7662 §2.2). */
export const Inactive = z.object({ active: z.literal(false) }).describe("Whatever the reason.");

/** What a service learns of a token that is good at this moment. Instants are whole seconds since the epoch. */
export const Active = z.looseObject({
  active: z.literal(true),
  token_type: z
    .enum(["Bearer", "refresh_token", "session_token"])
    .describe("`Bearer` is an access token; the other two are good for this server alone."),
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string()).readonly()]),
  sid: z.string(),
  client_id: z.string(),
  username: z.string().optional().describe("As it was typed at the sign-in."),
  iat: z.int(),
  exp: z.int().describe("Of a token that is no access token: the end of the session's absolute lifetime."),
  auth_time: z.int(),
  amr: z.array(z.string()).readonly(),
  roles: z.array(z.string()).readonly(),
  claims_version: z.int(),
  jti: z.string().optional(),
});

export type Introspection = z.infer<typeof Inactive> | z.infer<typeof Active>;

const INACTIVE: Introspection = { active: false };

export interface IntrospectionOptions {
  /** Whether the question comes with a request of the user's, which counts as the session's activity. */
  readonly activity: boolean;
}

/**
 * Whether a token of ours is good: an access token, a refresh token of the newest generation, or a session token. Always
 * from the ledger, never from memory.
 *
 * @throws StoreError if the ledger is out of reach
 */
export async function introspect(
  services: Services,
  token: string,
  options: IntrospectionOptions,
): Promise<Introspection> {
  if (token.startsWith(HANDLE_PREFIX.refresh)) return introspectRefreshToken(services, token);
  if (token.startsWith(HANDLE_PREFIX.session)) return introspectSessionToken(services, token, options);
  return introspectAccessToken(services, token);
}

async function introspectSessionToken(
  services: Services,
  token: string,
  { activity }: IntrospectionOptions,
): Promise<Introspection> {
  // `mint`: not from the cache.
  const resolved = await services.resolver.bySessionToken(token, "mint", activity);
  return resolved.outcome === "live" ? active(services, resolved.session, "session_token") : INACTIVE;
}

async function introspectRefreshToken(services: Services, token: string): Promise<Introspection> {
  const handle = await openHandle(services, "refresh", token);
  if (handle === null) return INACTIVE;
  const record = await services.ledger.findSession(hashLocator(services.crypto, handle.locator));
  const session = await liveOf(services, record);
  // A predecessor is spent, although it would be given the same successor once more for a while.
  if (session?.transport !== "bearer" || handle.counter < session.counter) return INACTIVE;
  return active(services, session, "refresh_token");
}

async function introspectAccessToken(services: Services, token: string): Promise<Introspection> {
  // What was revoked before this question is known then, the signing keys too.
  await services.follower.catchUp();
  const verified = await checkToken(services, token);
  if (!verified.ok) return INACTIVE;
  const { claims, claimsVersion, sid } = verified.auth;
  const session = await liveOf(services, await services.ledger.readSession(sid as Sid));
  if (session === null || claimsVersion < session.claimsVersion) return INACTIVE;
  return { ...claims, active: true, token_type: "Bearer", ...usernameOf(session) };
}

/** The session, if it has not ended and no clock of its has run out by the ledger's time. */
async function liveOf({ follower, revocations }: Services, record: SessionRecord | null): Promise<Session | null> {
  if (record === null || record.endedAt !== null || revocations.isSessionRevoked(record.session.sid)) return null;
  if (!follower.fresh) await follower.catchUp();
  return ranOut(record.session, follower.ledgerNow()) === null ? record.session : null;
}

function active({ settings }: Services, session: Session, tokenType: "refresh_token" | "session_token"): Introspection {
  const audience = audienceOf(session, settings.audience);
  return {
    active: true,
    token_type: tokenType,
    iss: settings.issuer,
    sub: session.subject,
    aud: audience.length === 1 ? audience[0]! : audience,
    sid: session.sid,
    client_id: session.clientId,
    ...usernameOf(session),
    iat: seconds(session.createdAt),
    exp: seconds(session.expiresAt),
    auth_time: seconds(session.authTime),
    amr: session.amr,
    roles: session.roles,
    claims_version: session.claimsVersion,
  };
}

function usernameOf({ username }: Session): { readonly username?: string } {
  return username === null ? {} : { username };
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
