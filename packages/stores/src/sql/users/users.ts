import type {
  CanonicalUsername,
  CreateUser,
  DeleteUser,
  EventBody,
  EventContext,
  NewEvent,
  PasswordRehashed,
  RehashPassword,
  SetDisabled,
  SetRoles,
  Subject,
  UserChanged,
  UserCreated,
  UserWithPassword,
} from "@counterfoil/core";
import { checkedRoles, sameRoles } from "../../rule/roles.ts";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import type { UserRow } from "../schema.ts";
import { endSessionsOf } from "../sessions/end.ts";
import { insertUser } from "./insert.ts";
import { dropPasswordCode } from "./password.ts";
import { decide, lockUser, rolesOf, toUser, toUserWithPassword } from "./row.ts";

/** See `UserLedger`, also for all below. */
export async function createUser(tx: Transaction, input: CreateUser): Promise<UserCreated> {
  const now = await tx.now();
  const row = await insertUser(tx, now, { ...input, roles: checkedRoles(input.roles) });
  if (row === null) {
    if (input.context !== null) await tellHolder(tx, now, input.canonicalUsername, input.context);
    return { outcome: "taken" };
  }
  return { outcome: "created", user: toUser(row) };
}

async function tellHolder(tx: Transaction, now: number, name: CanonicalUsername, context: EventContext): Promise<void> {
  const holder = await findUser(tx, name);
  if (holder !== null) await appendEvents(tx, now, [event(holder.user.subject, { type: "username_taken" }, context)]);
}

export async function findUser(tx: Transaction, name: CanonicalUsername): Promise<UserWithPassword | null> {
  const select = tx.db.selectFrom("users").selectAll().where("canonical_username", "=", name);
  return toUserWithPassword(await select.where("deleted_at", "is", null).executeTakeFirst());
}

export async function readUser(tx: Transaction, subject: Subject): Promise<UserWithPassword | null> {
  const select = tx.db.selectFrom("users").selectAll().where("subject", "=", subject);
  return toUserWithPassword(await select.where("deleted_at", "is", null).executeTakeFirst());
}

export async function setRoles(tx: Transaction, input: SetRoles): Promise<UserChanged> {
  const to = checkedRoles(input.roles);
  const user = await lockUser(tx, input.subject);
  if (user === undefined) return { outcome: "unknown" };
  const from = rolesOf(user);
  if (sameRoles(from, to)) return { outcome: "unchanged" };
  const now = await tx.now();
  const claimsVersion = await decide(tx, user, now, "roles_changed", { roles: JSON.stringify(to) });
  await appendEvents(tx, now, [event(user.subject, { type: "roles_changed", from, to }, input.context)]);
  return { outcome: "changed", claimsVersion };
}

export async function setDisabled(tx: Transaction, input: SetDisabled): Promise<UserChanged> {
  const user = await lockUser(tx, input.subject);
  if (user === undefined) return { outcome: "unknown" };
  if ((user.disabled === 1) === input.disabled) return { outcome: "unchanged" };
  return input.disabled ? disable(tx, user, input.context) : enable(tx, user, input.context);
}

async function disable(tx: Transaction, user: UserRow, context: EventContext | null): Promise<UserChanged> {
  const now = await tx.now();
  const claimsVersion = await decide(tx, user, now, "disabled", { disabled: 1 });
  await dropPasswordCode(tx, user.subject);
  await appendEvents(tx, now, [event(user.subject, { type: "user_disabled" }, context)]);
  await endSessionsOf(tx, user.subject, null, { reason: "disabled", now, context });
  return { outcome: "changed", claimsVersion };
}

/** Takes nothing from anybody, so it raises no version: there is no token or sign-in that it must refuse. */
async function enable(tx: Transaction, user: UserRow, context: EventContext | null): Promise<UserChanged> {
  const now = await tx.now();
  await tx.db.updateTable("users").set({ disabled: 0 }).where("subject", "=", user.subject).execute();
  await appendEvents(tx, now, [event(user.subject, { type: "user_enabled" }, context)]);
  return { outcome: "changed", claimsVersion: user.claims_version };
}

export async function deleteUser(tx: Transaction, input: DeleteUser): Promise<UserChanged> {
  const user = await lockUser(tx, input.subject);
  if (user === undefined) return { outcome: "unknown" };
  const now = await tx.now();
  // Only what keeps the subject from being given again stays (OpenID Connect Core §5.7).
  const nothing = { username: null, canonical_username: null, password_hash: null, roles: "[]" };
  const claimsVersion = await decide(tx, user, now, "deleted", { ...nothing, deleted_at: now });
  await dropPasswordCode(tx, user.subject);
  await appendEvents(tx, now, [event(user.subject, { type: "user_deleted" }, input.context)]);
  await endSessionsOf(tx, user.subject, null, { reason: "deleted", now, context: input.context });
  return { outcome: "changed", claimsVersion };
}

export async function rehashPassword(
  tx: Transaction,
  { subject, from, to }: RehashPassword,
): Promise<PasswordRehashed> {
  // One statement, whose condition is looked at under the row's lock. A deleted user has no hash.
  const { numUpdatedRows } = await tx.db
    .updateTable("users")
    .set({ password_hash: to })
    .where("subject", "=", subject)
    .where("password_hash", "=", from)
    .executeTakeFirst();
  return { outcome: numUpdatedRows === 1n ? "rehashed" : "unchanged" };
}

function event(subject: Subject, body: EventBody, context: EventContext | null): NewEvent {
  return { body, subject, sid: null, context };
}
