import {
  canonicalUsername,
  checkNewUser,
  createUser,
  issuePasswordCode,
  parseRoles,
  parseUserCursor,
} from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { json } from "../../answer.ts";
import { readBody, username } from "../../body.ts";
import { forAdmin } from "../../for-admin.ts";
import { whereOwnPasswords } from "../../own-passwords.ts";
import { NoQuery, pageLimit, readQuery } from "../../query.ts";
import { refuse } from "../../refusal.ts";
import type { Route } from "../../route.ts";
import { seconds } from "../../seconds.ts";
import { listedUserJson, readUserJson, subjectOf, USER_NOT_FOUND, UserJson } from "../../user-json.ts";

const UsersQuery = z.strictObject({
  search: z.string().min(1, "expected 1 to 256 characters").max(256, "expected 1 to 256 characters").optional(),
  cursor: z.string().optional(),
  limit: pageLimit,
});

/** `GET /admin/users`: the newest first; with `search`, those whose name begins so, by name. */
export const adminListUsers: Route = {
  method: "GET",
  path: PATHS.adminUsers,
  about: {
    operation: "adminListUsers",
    summary: "Lists users, the newest first; with `search`, those whose name begins with it, by name.",
    access: "admin",
    query: UsersQuery,
    answers: { 200: z.object({ users: z.array(UserJson), next_cursor: z.string().nullable() }) },
    errors: ["invalid_request"],
  },
  handle: forAdmin(async (services, call) => {
    const { search, cursor, limit } = readQuery(call.request, UsersQuery);
    const after =
      cursor === undefined ? undefined : parseUserCursor(cursor, search === undefined ? "creation" : "name");
    if (after === null) {
      const sentence = '"cursor" is not as it should be: expected the next_cursor of a page with the same search.';
      return refuse(services, call, { code: "invalid_request", reason: "malformed", sentence });
    }
    const namePrefix = search === undefined ? undefined : canonicalUsername(search);
    const { users, next } = await services.ledger.listUsers({ namePrefix, after, limit });
    return json(call, 200, { users: users.map(listedUserJson), next_cursor: next });
  }),
};

/** Names of roles, in one order. */
export const roles = z.array(z.string("expected names of roles")).transform((names, context) => {
  const parsed = parseRoles(names);
  if (parsed !== null) return parsed;
  context.addIssue({ code: "custom", message: "expected at most 64 names of 1 to 64 visible ASCII characters" });
  return z.NEVER;
});

const NewUserBody = z.strictObject({ username, roles: roles.optional() });

/** `POST /admin/users`: a new user, and a one-time code for whoever it is to choose a password by. */
export const adminAddUser: Route = {
  method: "POST",
  path: PATHS.adminUsers,
  about: {
    operation: "adminAddUser",
    summary: "Adds a user without a password, and gives a one-time code to choose one by at `POST /password`.",
    access: "admin",
    body: NewUserBody,
    answers: { 201: z.object({ user: UserJson, code: z.string(), code_expires_at: z.int() }) },
    errors: ["invalid_request", "conflict", "not_found"],
  },
  handle: whereOwnPasswords(
    forAdmin(async (services, call) => {
      readQuery(call.request, NoQuery);
      const body = await readBody(call.request, NewUserBody);
      const checked = checkNewUser(services.passwordPolicy, { username: body.username, password: null });
      if (checked.outcome !== "accepted") {
        return refuse(services, call, { ...checked, code: "invalid_request", reason: "malformed" });
      }
      const parts = { ...services.signIn, policy: services.passwordPolicy };
      const created = await createUser(parts, checked, body.roles ?? [], call.context);
      if (created.outcome === "taken") {
        const sentence = "That name is another user's: choose another.";
        return refuse(services, call, { code: "conflict", reason: "conflict", sentence });
      }
      const { subject } = created;
      const issued = await issuePasswordCode(services.signIn, subject, { dropPassword: false }, call.context);
      const user = await readUserJson(services, subject);
      // Another administrator was quicker to delete it.
      if (issued.outcome === "unknown" || user === null) return refuse(services, call, USER_NOT_FOUND);
      return json(call, 201, { user, code: issued.code, code_expires_at: seconds(issued.expiresAt) });
    }),
  ),
};

/** `GET /admin/users/{sub}` */
export const adminReadUser: Route = {
  method: "GET",
  path: `${PATHS.adminUsers}/:sub`,
  about: {
    operation: "adminReadUser",
    summary: "Tells what the ledger knows of a user.",
    access: "admin",
    answers: { 200: z.object({ user: UserJson }) },
    errors: ["not_found"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    const subject = subjectOf(call);
    const user = subject && (await readUserJson(services, subject));
    return user === null ? refuse(services, call, USER_NOT_FOUND) : json(call, 200, { user });
  }),
};
