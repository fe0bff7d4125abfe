import { parseSubject } from "@counterfoil/core";
import type { ListedUser, Subject } from "@counterfoil/core";
import { z } from "zod";
import { named } from "./schema.ts";
import type { Services } from "../services.ts";
import type { Call } from "./call.ts";
import type { Refusal } from "./refusal.ts";
import { seconds } from "./seconds.ts";

/** A user as administrators see one. */
export const UserJson = named(
  "AdminUser",
  z.object({
    sub: z.string(),
    username: z.string().nullable(),
    roles: z.array(z.string()).readonly(),
    disabled: z.boolean(),
    has_password: z.boolean(),
    created_at: z.int(),
  }),
);

export function listedUserJson(user: ListedUser): z.infer<typeof UserJson> {
  const { subject, username, roles, disabled, hasPassword, createdAt } = user;
  return { sub: subject, username, roles, disabled, has_password: hasPassword, created_at: seconds(createdAt) };
}

/** As the ledger has the user now; `null` where there is none. */
export async function readUserJson({ ledger }: Services, subject: Subject): Promise<z.infer<typeof UserJson> | null> {
  const found = await ledger.readUser(subject);
  return found && listedUserJson({ ...found.user, hasPassword: found.passwordHash !== null });
}

/** The subject in the request's path; `null` for what cannot be one. */
export function subjectOf(call: Call): Subject | null {
  return parseSubject(call.params["sub"]);
}

const NO_USER = "There is no such user: GET /admin/users lists those that there are.";

export const USER_NOT_FOUND: Refusal = { code: "not_found", reason: "unknown_user", sentence: NO_USER };
