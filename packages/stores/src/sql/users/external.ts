import type { OpenSession, SessionOpened } from "@counterfoil/core";
import { checkedRoles, sameRoles } from "../../rule/roles.ts";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import type { UserRow } from "../schema.ts";
import { insertUser } from "./insert.ts";
import { decide, lockUserRow, rolesOf } from "./row.ts";

type External = Extract<OpenSession["user"], { kind: "external" }>;
type Admitted =
  | Exclude<SessionOpened, { outcome: "opened" }>
  | { user: Pick<UserRow, "roles" | "claims_version">; now: number };

/**
 * Lets in a user that the application has checked, and keeps a row of it: its lock, its version and its roles work
 * like those of our own users.
 */
export async function admitExternalUser(tx: Transaction, input: OpenSession): Promise<Admitted> {
  const { user, context } = input;
  if (user.kind !== "external") throw new TypeError("the user is the application's own");
  const roles = checkedRoles(user.roles);
  const row = await lockUserRow(tx, user.subject);
  if (row === undefined) return admitNew(tx, user, roles, input);
  // Deleted comes first: the caller, who is told of no row, would check again for ever.
  if (row.deleted_at !== null) return { outcome: "unknown" };
  if (user.claimsVersion !== "unchecked" && user.claimsVersion !== row.claims_version)
    return { outcome: "claims_moved" };
  if (row.disabled === 1) return { outcome: "disabled", subject: user.subject };

  const now = await tx.now();
  const from = rolesOf(row);
  if (sameRoles(from, roles)) return { user: row, now };
  const stored = JSON.stringify(roles);
  const claimsVersion = await decide(tx, row, now, "roles_changed", { roles: stored });
  await appendEvents(tx, now, [
    { body: { type: "roles_changed", from, to: roles }, subject: user.subject, sid: null, context },
  ]);
  return { user: { roles: stored, claims_version: claimsVersion }, now };
}

async function admitNew(
  tx: Transaction,
  user: External,
  roles: readonly string[],
  input: OpenSession,
): Promise<Admitted> {
  if (typeof user.claimsVersion === "number") return { outcome: "claims_moved" };
  const now = await tx.now();
  const canonicalUsername = await freeName(tx, user.canonicalUsername);
  const { subject, username } = user;
  const row = await insertUser(tx, now, {
    subject,
    username,
    canonicalUsername,
    passwordHash: null,
    roles,
    context: input.context,
  });
  if (row !== null) return { user: row, now };
  // Somebody else inserted the user, or one of that name, since the look-up, which had no row to lock. Now it is there.
  return user.claimsVersion === "unchecked" ? admitExternalUser(tx, input) : { outcome: "claims_moved" };
}

/** The name is for finding the user by; where another has it, this one is found by its subject alone. */
async function freeName(tx: Transaction, name: External["canonicalUsername"]): Promise<string | null> {
  if (name === null) return null;
  const holder = await tx.db
    .selectFrom("users")
    .select("subject")
    .where("canonical_username", "=", name)
    .executeTakeFirst();
  return holder === undefined ? name : null;
}
