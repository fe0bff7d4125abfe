import { parseSid, parseSubject, signEverybodyOut } from "@counterfoil/core";
import type { Session, SessionCursor, Subject } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { named } from "../../schema.ts";
import { json, noContent } from "../../answer.ts";
import { readBody } from "../../body.ts";
import { forAdmin } from "../../for-admin.ts";
import { NoQuery, pageLimit, readQuery } from "../../query.ts";
import { refuse } from "../../refusal.ts";
import type { Route } from "../../route.ts";
import { SessionJson, sessionJson } from "../../session-json.ts";

const CURSOR = /^(\d{1,15})\.(ses_[\w-]{22})$/;
const CURSOR_FORM = "expected the next_cursor of an earlier page";

const SessionsQuery = z.strictObject({
  subject: z.string().transform(toSubject).optional(),
  transport: z.enum(["cookie", "bearer"], 'expected "cookie" or "bearer"').optional(),
  cursor: z
    .string()
    .regex(CURSOR, CURSOR_FORM)
    .transform((text): SessionCursor => {
      const [, createdAt, sid] = CURSOR.exec(text)!;
      return { createdAt: Number(createdAt), sid: parseSid(sid!)! };
    })
    .optional(),
  limit: pageLimit,
});

function toSubject(text: string, context: z.RefinementCtx): Subject {
  const subject = parseSubject(text);
  if (subject !== null) return subject;
  context.addIssue({ code: "custom", message: "expected 1 to 255 characters, without control characters" });
  return z.NEVER;
}

const AdminSessionJson = named(
  "AdminSession",
  SessionJson.extend({ sub: z.string(), username: z.string().nullable() }),
);

function adminSessionJson(session: Session, current: string): z.infer<typeof AdminSessionJson> {
  return { ...sessionJson(session, current), sub: session.subject, username: session.username };
}

/** `GET /admin/sessions`: the live sessions of everybody, newest first. */
export const adminListSessions: Route = {
  method: "GET",
  path: PATHS.adminSessions,
  about: {
    operation: "adminListSessions",
    summary:
      "Lists the live sessions of everybody, newest first. A page may be short although there is more: `next_cursor` tells.",
    access: "admin",
    query: SessionsQuery,
    answers: { 200: z.object({ sessions: z.array(AdminSessionJson), next_cursor: z.string().nullable() }) },
    errors: ["invalid_request"],
  },
  handle: forAdmin(async (services, call, admin) => {
    const { cursor = null, ...query } = readQuery(call.request, SessionsQuery);
    const { sessions, next } = await services.ledger.listAllSessions({ ...query, cursor });
    return json(call, 200, {
      sessions: sessions.map((session) => adminSessionJson(session, admin.sid)),
      next_cursor: next === null ? null : `${next.createdAt}.${next.sid}`,
    });
  }),
};

/** `DELETE /admin/sessions/{sid}`: ends one session, of whomever. */
export const adminEndSession: Route = {
  method: "DELETE",
  path: `${PATHS.adminSessions}/:sid`,
  about: {
    operation: "adminEndSession",
    summary: "Ends one session, of whomever. That it was over already is no error.",
    access: "admin",
    answers: { 204: null },
    errors: ["not_found"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    const sid = parseSid(call.params["sid"] ?? "");
    const { context } = call;
    const outcome =
      sid === null
        ? "unknown"
        : (await services.ledger.revokeSession({ sid, subject: null, reason: "ended_by_operator", context })).outcome;
    await services.revoked();
    if (outcome === "unknown") {
      const sentence = "There is no such session: GET /admin/sessions lists those that there are.";
      return refuse(services, call, { code: "not_found", reason: "unknown_session", sentence });
    }
    return noContent(call);
  }),
};

const EndAllBody = z.strictObject({ confirm: z.literal("everybody", 'expected "everybody"') });

/** `POST /admin/sessions/end-all`: signs everybody out, the administrator too. */
export const adminEndAllSessions: Route = {
  method: "POST",
  path: PATHS.adminEndAllSessions,
  about: {
    operation: "adminEndAllSessions",
    summary: "Signs everybody out, the administrator too: ends every session and revokes every signing key.",
    access: "admin",
    body: EndAllBody,
    answers: { 200: z.object({ ended: z.int(), keys_revoked: z.int() }) },
    errors: ["invalid_request"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    await readBody(call.request, EndAllBody);
    const { ended, keysRevoked } = await signEverybodyOut(services.ledger, call.context);
    await services.revoked();
    // Else the next sign-in could still be answered with a token of a key that is refused. That it failed is told there.
    await services.upkeep().catch(() => undefined);
    return json(call, 200, { ended, keys_revoked: keysRevoked });
  }),
};
