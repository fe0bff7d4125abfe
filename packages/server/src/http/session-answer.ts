import { audienceOf, mintAccessToken } from "@counterfoil/core";
import type { Session } from "@counterfoil/core";
import { z } from "zod";
import type { Services } from "../services.ts";
import { json } from "./answer.ts";
import type { Call } from "./call.ts";
import { serializeCookie } from "./cookie.ts";
import { named } from "./schema.ts";

export const User = named(
  "User",
  z.strictObject({
    sub: z.string().describe("What the user is known by everywhere; it never changes."),
    username: z.string().nullable().describe("As it was given at the sign-in."),
    roles: z.array(z.string()),
  }),
);

const ACCESS = {
  access_token: z.string().describe("A JWT (RFC 9068), to be sent as `Authorization: Bearer …`."),
  token_type: z.literal("Bearer"),
  expires_in: z.int().positive().describe("Seconds until the access token expires."),
};
const AccessToken = named("AccessToken", z.strictObject(ACCESS));
const BearerSession = named(
  "BearerSession",
  z.strictObject({
    ...ACCESS,
    refresh_token: z.string().describe("To be stored before it is used: it takes the place of the one before."),
  }),
);
const CookieSession = named(
  "CookieSession",
  z.strictObject({
    ...ACCESS,
    user: User,
    sid: z.string().describe("The session's public identifier, safe to log."),
    claims_version: z.int().describe("As in the access token, which is not for a client to read (RFC 9068 §6)."),
  }),
);

/** The answer to a sign-in and to a refresh, by the session's transport. */
export const SessionTokens = z.union([BearerSession, CookieSession]);
/** The answer to a re-authentication: a bearer keeps its refresh token. */
export const ReauthenticatedTokens = z.union([AccessToken, CookieSession]);

export interface SessionAnswer {
  readonly session: Session;
  /** The ledger's time of the transaction that allowed it. */
  readonly now: number;
  /** The session token or refresh token to hand out; `null` where the client keeps the one that it has. */
  readonly handle: string | null;
  /** The one audience that this access token is for, where the client asked for one of the session's. */
  readonly audience?: string | undefined;
}

/** The answer to a sign-in, a refresh and a re-authentication: a fresh access token, and what carries the session. */
export function sessionAnswer(services: Services, call: Call, answer: SessionAnswer): Response {
  const { session, now, handle, audience } = answer;
  const { settings, keys, random, claims } = services;
  const access = mintAccessToken({
    session,
    now,
    issuer: settings.issuer,
    audience: audience === undefined ? audienceOf(session, settings.audience) : [audience],
    ttlSeconds: settings.accessTokenTtlSeconds,
    key: keys.current,
    random,
    added: claims,
  });
  const tokens = { access_token: access.token, token_type: "Bearer", expires_in: access.expiresInSeconds };
  if (session.transport === "bearer") {
    return json(call, 200, handle === null ? tokens : { ...tokens, refresh_token: handle });
  }
  const headers = handle === null ? undefined : { "Set-Cookie": sessionCookie(services, session, now, handle) };
  const { sid, claimsVersion } = session;
  return json(call, 200, { ...tokens, user: userJson(session), sid, claims_version: claimsVersion }, headers);
}

export function userJson(session: Session) {
  return { sub: session.subject, username: session.username, roles: session.roles };
}

function sessionCookie(services: Services, session: Session, now: number, value: string): string {
  const { secure, cookieDomain } = services.settings;
  return serializeCookie({
    name: services.cookieName,
    value,
    secure,
    domain: cookieDomain,
    // Without `remember` the cookie goes with the browser (NIST SP 800-63B §5.1); the ledger ends the session anyway.
    ...(session.remember ? { maxAgeSeconds: Math.max(0, Math.floor((session.expiresAt - now) / 1000)) } : undefined),
  });
}
