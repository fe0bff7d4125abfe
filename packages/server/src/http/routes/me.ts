import { parseSid } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { json, noContent } from "../answer.ts";
import { sessionOf, sessionOver } from "../authenticated.ts";
import { forUser } from "../for-user.ts";
import { refuse } from "../refusal.ts";
import type { Route } from "../route.ts";
import { User, userJson } from "../session-answer.ts";
import { SessionJson, sessionJson } from "../session-json.ts";
import { RECENT, stepUp } from "../step-up.ts";

/** `GET /me`: the user and the session that the credential is of. */
export const me: Route = {
  method: "GET",
  path: PATHS.me,
  about: {
    operation: "me",
    summary: "Tells the user and the session that the credential is of.",
    access: "user",
    answers: { 200: z.strictObject({ user: User, session: SessionJson }) },
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
    summary: "Lists the user's live sessions, the current one marked.",
    access: "user",
    answers: { 200: z.strictObject({ sessions: z.array(SessionJson) }) },
    errors: [],
  },
  handle: forUser(async (services, call, who) => {
    const sessions = await services.ledger.listSessions(who.subject);
    return json(call, 200, { sessions: sessions.map((session) => sessionJson(session, who.sid)) });
  }),
};

/**
 * `DELETE /sessions/{sid}`: ends one of the user's sessions; another's is not found. Ending another than the current
 * takes a recent proof of presence (ASVS V7.5.2): who stole one session must not shut the owner out of the rest.
 */
export const endSession: Route = {
  method: "DELETE",
  path: `${PATHS.sessions}/:sid`,
  about: {
    operation: "endSession",
    summary: "Ends one of the user's sessions; another than the current takes a recent proof of presence.",
    access: "user",
    answers: { 204: null },
    errors: ["not_found", "reauthentication_required"],
  },
  handle: forUser(async (services, call, who) => {
    const sid = parseSid(call.params["sid"] ?? "");
    if (sid === null) {
      return refuse(services, call, { code: "not_found", reason: "unknown_session", sentence: NO_SESSION });
    }
    const notEnough = sid === who.sid ? null : stepUp(services, who, RECENT);
    if (notEnough !== null) return refuse(services, call, { ...notEnough, sid: who.sid, subject: who.subject });
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
