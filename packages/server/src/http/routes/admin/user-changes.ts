import { issuePasswordCode } from "@counterfoil/core";
import type { Session, Subject, UserChanged } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import type { Services } from "../../../services.ts";
import { json, noContent } from "../../answer.ts";
import { readBody } from "../../body.ts";
import type { Call } from "../../call.ts";
import { ADMIN_ROLE, forAdmin } from "../../for-admin.ts";
import { whereOwnPasswords } from "../../own-passwords.ts";
import { NoQuery, readQuery } from "../../query.ts";
import { refuse } from "../../refusal.ts";
import type { Route } from "../../route.ts";
import { seconds } from "../../seconds.ts";
import { readUserJson, subjectOf, USER_NOT_FOUND, UserJson } from "../../user-json.ts";
import { roles } from "./users.ts";

const OF_USER = `${PATHS.adminUsers}/:sub`;
const Changed = { 200: z.object({ user: UserJson }) };
const NoBody = z.strictObject({});

/** A route's handler for an administrator about one user: the one in the path, if that can be a subject. */
function aboutUser(
  handle: (services: Services, call: Call, subject: Subject, admin: Session) => Promise<Response>,
): Route["handle"] {
  return forAdmin(async (services, call, admin) => {
    readQuery(call.request, NoQuery);
    const subject = subjectOf(call);
    return subject === null ? refuse(services, call, USER_NOT_FOUND) : handle(services, call, subject, admin);
  });
}

/** Refuses what would shut the administrator out: by a slip there would soon be none who could take it back. */
function refuseOwn(services: Services, call: Call, { sid, subject }: Session): Response {
  const sentence =
    "You cannot do that to yourself here: another administrator can, or the command line, `counterfoil users`.";
  return refuse(services, call, { code: "conflict", reason: "conflict", sentence, sid, subject });
}

/** The user as it is now; that nothing had to be changed is no error. */
async function answerChanged(services: Services, call: Call, subject: Subject, changed: UserChanged) {
  await services.revoked();
  const user = changed.outcome === "unknown" ? null : await readUserJson(services, subject);
  return user === null ? refuse(services, call, USER_NOT_FOUND) : json(call, 200, { user });
}

const RolesBody = z.strictObject({ roles });

/** `POST /admin/users/{sub}/roles` */
export const adminSetRoles: Route = {
  method: "POST",
  path: `${OF_USER}/roles`,
  about: {
    operation: "adminSetRoles",
    summary: "Gives a user these roles and no others; older access tokens are refused until they are refreshed.",
    access: "admin",
    body: RolesBody,
    answers: Changed,
    errors: ["invalid_request", "conflict", "not_found"],
  },
  handle: aboutUser(async (services, call, subject, admin) => {
    const body = await readBody(call.request, RolesBody);
    if (subject === admin.subject && !body.roles.includes(ADMIN_ROLE)) return refuseOwn(services, call, admin);
    const changed = await services.ledger.setRoles({ subject, roles: body.roles, context: call.context });
    return answerChanged(services, call, subject, changed);
  }),
};

function disabling(disabled: boolean): Route["handle"] {
  return aboutUser(async (services, call, subject, admin) => {
    await readBody(call.request, NoBody);
    if (disabled && subject === admin.subject) return refuseOwn(services, call, admin);
    const changed = await services.ledger.setDisabled({ subject, disabled, context: call.context });
    return answerChanged(services, call, subject, changed);
  });
}

/** `POST /admin/users/{sub}/disable` */
export const adminDisableUser: Route = {
  method: "POST",
  path: `${OF_USER}/disable`,
  about: {
    operation: "adminDisableUser",
    summary: "Ends all sessions of a user, and lets nobody in until the user is enabled.",
    access: "admin",
    body: NoBody,
    answers: Changed,
    errors: ["conflict", "not_found"],
  },
  handle: disabling(true),
};

/** `POST /admin/users/{sub}/enable` */
export const adminEnableUser: Route = {
  method: "POST",
  path: `${OF_USER}/enable`,
  about: {
    operation: "adminEnableUser",
    summary: "Lets a disabled user in again; the sessions from before stay ended.",
    access: "admin",
    body: NoBody,
    answers: Changed,
    errors: ["not_found"],
  },
  handle: disabling(false),
};

/** `DELETE /admin/users/{sub}` */
export const adminDeleteUser: Route = {
  method: "DELETE",
  path: OF_USER,
  about: {
    operation: "adminDeleteUser",
    summary: "Deletes a user: all sessions end, the name is free, and the subject is never given again.",
    access: "admin",
    answers: { 204: null },
    errors: ["conflict", "not_found"],
  },
  handle: aboutUser(async (services, call, subject, admin) => {
    if (subject === admin.subject) return refuseOwn(services, call, admin);
    const { outcome } = await services.ledger.deleteUser({ subject, context: call.context });
    await services.revoked();
    return outcome === "unknown" ? refuse(services, call, USER_NOT_FOUND) : noContent(call);
  }),
};

/** `POST /admin/users/{sub}/logout` */
export const adminSignOutUser: Route = {
  method: "POST",
  path: `${OF_USER}/logout`,
  about: {
    operation: "adminSignOutUser",
    summary: "Ends all sessions of a user.",
    access: "admin",
    body: NoBody,
    answers: { 200: z.object({ ended: z.int() }) },
    errors: ["not_found"],
  },
  handle: aboutUser(async (services, call, subject) => {
    await readBody(call.request, NoBody);
    const { context } = call;
    const reason = "ended_by_operator";
    const revoked = await services.ledger.revokeSessions({ subject, except: null, reason, context });
    await services.revoked();
    if (revoked.outcome === "unknown") return refuse(services, call, USER_NOT_FOUND);
    return json(call, 200, { ended: revoked.ended });
  }),
};

const ResetBody = z.strictObject({ compromised: z.boolean("expected true or false").optional() });

/** `POST /admin/users/{sub}/reset-password` */
export const adminResetPassword: Route = {
  method: "POST",
  path: `${OF_USER}/reset-password`,
  about: {
    operation: "adminResetPassword",
    summary:
      "Gives a one-time code for a new password; one from before is good no more. With `compromised`, the password goes and all sessions end at once.",
    access: "admin",
    body: ResetBody,
    answers: { 200: z.object({ code: z.string(), code_expires_at: z.int() }) },
    errors: ["invalid_request", "not_found"],
  },
  handle: whereOwnPasswords(
    aboutUser(async (services, call, subject) => {
      const { compromised: dropPassword = false } = await readBody(call.request, ResetBody);
      const issued = await issuePasswordCode(services.signIn, subject, { dropPassword }, call.context);
      await services.revoked();
      if (issued.outcome === "unknown") return refuse(services, call, USER_NOT_FOUND);
      return json(call, 200, { code: issued.code, code_expires_at: seconds(issued.expiresAt) });
    }),
  ),
};
