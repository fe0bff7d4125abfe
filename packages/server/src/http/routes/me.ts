import type { Session } from "@counterfoil/core";
import { parseSid } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { json, noContent } from "../answer.ts";
import { sessionOf, sessionOver } from "../authenticated.ts";
import { forUser } from "../for-user.ts";
import { refuse } from "../refusal.ts";
import type { Route } from "../route.ts";
import { named } from "../schema.ts";
import { User, userJson } from "../session-answer.ts";

const instant = z.int().nonnegative();

/** A session as its user sees it: no token, and nothing finer than its owner needs. */
const SessionView = named(
  "Session",
  z.strictObject({
    sid: z.string(),
    current: z.boolean().describe("Whether it is the one that the request's credential is of."),
    transport: z.enum(["cookie", "bearer"]),
    remember: z.boolean(),
    user_agent: z.string().nullable().describe("`User-Agent` at the sign-in."),
    created_at: instant.describe("Seconds since the epoch, as are all instants here."),
    last_active_at: instant.describe("To the hour."),
    auth_time: instant.describe("When the user last proved presence."),
    expires_at: instant.describe("The end of the absolute lifetime."),
    amr: z.array(z.string()).describe("How the user proved presence (RFC 8176)."),
  }),
);

/** `GET /me`: the user and the session that the credential is of. */
export const me: Route = {
  method: "GET",
  path: PATHS.me,
  about: {
    operation: "me",
    summary: "The user and the session that the credential is of.",
    access: "user",
    answers: { 200: z.strictObject({ user: User, session: SessionView }) },
    errors: [],
  },
  handle: forUser(async (services, call, who) => {
    const session = await sessionOf(services, who);
    if (session === null) return refuse(services, call, sessionOver(who));
    return json(call, 200, { user: userJson(session), session: sessionJson(session, session.sid) });
  }),
};

/** `GET /sessions`: the user's live sessions, the current one marked. No token is in it. */
export const listSessions: Route = {
  method: "GET",
  path: PATHS.sessions,
  about: {
    operation: "listSessions",
    summary: "The user's live sessions, the current one marked.",
    access: "user",
    answers: { 200: z.strictObject({ sessions: z.array(SessionView) }) },
    errors: [],
  },
  handle: forUser(async (services, call, who) => {
    const sessions = await services.ledger.listSessions(who.subject);
    return json(call, 200, { sessions: sessions.map((session) => sessionJson(session, who.sid)) });
  }),
};

/** How long a proof of presence is recent enough to end other sessions with. */
const RECENT_SECONDS = 15 * 60;

/**
 * `DELETE /sessions/{sid}`: ends one of the user's sessions; another's is not found. Ending another than the current
 * takes a recent proof of presence (ASVS V7.5.2): who stole one session must not shut the owner out of the rest.
 */
export const endSession: Route = {
  method: "DELETE",
  path: `${PATHS.sessions}/:sid`,
  about: {
    operation: "endSession",
    summary: "End one of the user's sessions; another than the current takes a recent proof of presence.",
    access: "user",
    answers: { 204: null },
    errors: ["not_found", "reauthentication_required"],
  },
  handle: forUser(async (services, call, who) => {
    const sid = parseSid(call.params["sid"] ?? "");
    if (sid === null) return refuse(services, call, { code: "not_found", reason: "malformed", sentence: NO_SESSION });
    if (sid !== who.sid && services.follower.ledgerNow() - who.authTime > RECENT_SECONDS * 1000) {
      const { subject } = who;
      const headers = {
        // RFC 9470: what would be enough.
        "WWW-Authenticate": `Bearer error="insufficient_user_authentication", max_age="${RECENT_SECONDS}"`,
      };
      const reason = "not_recently_authenticated";
      return refuse(services, call, { code: "reauthentication_required", reason, sid: who.sid, subject, headers });
    }
    const { context } = call;
    const ended = await services.ledger.revokeSession({ sid, subject: who.subject, reason: "ended_by_user", context });
    await services.revoked();
    if (ended.outcome === "unknown") {
      return refuse(services, call, { code: "not_found", reason: "unknown_session", sentence: NO_SESSION });
    }
    return noContent(call);
  }),
};

const NO_SESSION = "You have no such session: GET /sessions lists those that you have.";

const HOUR_MS = 3_600_000;

function sessionJson(session: Session, current: string) {
  return {
    sid: session.sid,
    current: session.sid === current,
    transport: session.transport,
    remember: session.remember,
    user_agent: session.userAgent,
    created_at: seconds(session.createdAt),
    // To the hour only: who could read it more finely could time himself by the honest client (design, promise 4).
    last_active_at: seconds(Math.floor(session.lastActiveAt / HOUR_MS) * HOUR_MS),
    auth_time: seconds(session.authTime),
    expires_at: seconds(session.expiresAt),
    amr: session.amr,
  };
}

/** Instants on the wire are whole seconds since the epoch, as in tokens (RFC 7519 §2). */
function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
