import type { RevocationReason, Subject, User, UserWithPassword } from "@counterfoil/core";
import type { Transaction } from "../engine.ts";
import { appendRevocation } from "../revocations.ts";
import type { UserRow } from "../schema.ts";

/** The user's row, locked; also that of a deleted user. Always before any session's: the one order of locks. */
export function lockUserRow(tx: Transaction, subject: Subject): Promise<UserRow | undefined> {
  return tx.locked(tx.db.selectFrom("users").selectAll().where("subject", "=", subject)).executeTakeFirst();
}

/** The user's row, locked; a deleted user has none. */
export async function lockUser(tx: Transaction, subject: Subject): Promise<UserRow | undefined> {
  const row = await lockUserRow(tx, subject);
  return row?.deleted_at === null ? row : undefined;
}

/**
 * Writes a decision about the user: it raises `claims_version`, so that no sign-in that began before it ends behind
 * it, and tells the feed once, so that every token from before it is refused.
 */
export async function decide(
  tx: Transaction,
  user: UserRow,
  now: number,
  reason: RevocationReason,
  changes: Partial<Omit<UserRow, "subject" | "claims_version">>,
): Promise<number> {
  const claimsVersion = user.claims_version + 1;
  await tx.db
    .updateTable("users")
    .set({ ...changes, claims_version: claimsVersion })
    .where("subject", "=", user.subject)
    .execute();
  const entry = { type: "claims-changed", sub: user.subject, claims_version: claimsVersion } as const;
  await appendRevocation(tx, now, reason, entry);
  return claimsVersion;
}

export function rolesOf(row: Pick<UserRow, "roles">): readonly string[] {
  return JSON.parse(row.roles) as string[];
}

export function toUser(row: UserRow): User {
  return {
    subject: row.subject,
    username: row.username,
    roles: rolesOf(row),
    claimsVersion: row.claims_version,
    disabled: row.disabled === 1,
    createdAt: row.created_at,
  };
}

export function toUserWithPassword(row: UserRow | undefined): UserWithPassword | null {
  return row === undefined ? null : { user: toUser(row), passwordHash: row.password_hash };
}
