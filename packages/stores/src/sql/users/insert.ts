import type { EventContext, Subject } from "@counterfoil/core";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import type { UserRow } from "../schema.ts";

export interface InsertUser {
  readonly subject: Subject;
  readonly username: string | null;
  readonly canonicalUsername: string | null;
  readonly passwordHash: string | null;
  readonly roles: readonly string[];
  readonly context: EventContext | null;
}

/** A new user's row; `null` where the subject or the name is somebody's. */
export async function insertUser(tx: Transaction, now: number, user: InsertUser): Promise<UserRow | null> {
  const { subject, context } = user;
  const row: UserRow = {
    subject,
    username: user.username,
    canonical_username: user.canonicalUsername,
    password_hash: user.passwordHash,
    roles: JSON.stringify(user.roles),
    claims_version: 1,
    disabled: 0,
    created_at: now,
    deleted_at: null,
  };
  const inserted = await tx.db
    .insertInto("users")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) return null;
  await appendEvents(tx, now, [{ body: { type: "user_created" }, subject, sid: null, context }]);
  return row;
}
