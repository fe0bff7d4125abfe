import type {
  ChangePassword,
  EventContext,
  IssuePasswordCode,
  PasswordCodeHash,
  PasswordCodeIssued,
  PasswordCodeRedeemed,
  RedeemPasswordCode,
  SessionReauthenticated,
  Subject,
  User,
} from "@counterfoil/core";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import type { PasswordCodeRow, UserRow } from "../schema.ts";
import { endSessionsOf } from "../sessions/end.ts";
import { lockForProof, proveAgain } from "../sessions/reauthenticate.ts";
import { decide, lockUser, toUser } from "./row.ts";

/** See `UserLedger`, also for all below. */
export async function issuePasswordCode(tx: Transaction, input: IssuePasswordCode): Promise<PasswordCodeIssued> {
  const { subject, codeHash, dropPassword, context } = input;
  const user = await lockUser(tx, subject);
  if (user === undefined) return { outcome: "unknown" };
  const now = await tx.now();
  const code = { code_hash: codeHash, expires_at: now + input.ttlSeconds * 1000 };
  await tx.db
    .insertInto("password_codes")
    .values({ subject, ...code })
    .onConflict((conflict) => conflict.column("subject").doUpdateSet(code))
    .execute();
  if (dropPassword) await decide(tx, user, now, "password_changed", { password_hash: null });
  const body = { type: "password_code_issued", passwordDropped: dropPassword } as const;
  await appendEvents(tx, now, [{ body, subject, sid: null, context }]);
  if (dropPassword) await endSessionsOf(tx, subject, null, { reason: "password_changed", now, context });
  return { outcome: "issued", expiresAt: code.expires_at };
}

export async function findPasswordCode(tx: Transaction, codeHash: PasswordCodeHash): Promise<User | null> {
  const row = await tx.db
    .selectFrom("password_codes")
    .innerJoin("users", "users.subject", "password_codes.subject")
    .selectAll("users")
    .select("expires_at")
    .where("code_hash", "=", codeHash)
    .executeTakeFirst();
  return row !== undefined && mayRedeem(row, row, await tx.now()) ? toUser(row) : null;
}

export async function redeemPasswordCode(tx: Transaction, input: RedeemPasswordCode): Promise<PasswordCodeRedeemed> {
  const { codeHash, passwordHash, context } = input;
  const found = await tx.db
    .selectFrom("password_codes")
    .select("subject")
    .where("code_hash", "=", codeHash)
    .executeTakeFirst();
  const user = found && (await lockUser(tx, found.subject));
  if (user === undefined) return { outcome: "unknown" };
  const now = await tx.now();
  // Again, under the user's lock: whoever had it before may have spent the code.
  const code = await tx.db
    .selectFrom("password_codes")
    .selectAll()
    .where("code_hash", "=", codeHash)
    .executeTakeFirst();
  if (code === undefined || !mayRedeem(code, user, now)) return { outcome: "unknown" };
  const claimsVersion = await decide(tx, user, now, "password_changed", { password_hash: passwordHash });
  await passwordSet(tx, user.subject, now, context);
  await endSessionsOf(tx, user.subject, null, { reason: "password_changed", now, context });
  return { outcome: "set", subject: user.subject, claimsVersion };
}

export async function changePassword(tx: Transaction, input: ChangePassword): Promise<SessionReauthenticated> {
  const { sid, subject, passwordHash, context } = input;
  const locked = await lockForProof(tx, input);
  if ("outcome" in locked) return locked;
  const session = await proveAgain(tx, locked, input, { password_hash: passwordHash });
  const { now } = locked;
  await passwordSet(tx, subject, now, context);
  await endSessionsOf(tx, subject, sid, { reason: "password_changed", now, context });
  return { outcome: "reauthenticated", session, now };
}

/** A code that was issued for the password before is good no more. */
async function passwordSet(tx: Transaction, subject: Subject, now: number, context: EventContext | null) {
  await dropPasswordCode(tx, subject);
  await appendEvents(tx, now, [{ body: { type: "password_set" }, subject, sid: null, context }]);
}

/** Of a user whose row is locked. */
export async function dropPasswordCode(tx: Transaction, subject: Subject): Promise<void> {
  await tx.db.deleteFrom("password_codes").where("subject", "=", subject).execute();
}

function mayRedeem(
  code: Pick<PasswordCodeRow, "expires_at">,
  user: Pick<UserRow, "disabled" | "deleted_at">,
  now: number,
): boolean {
  return now < code.expires_at && user.disabled === 0 && user.deleted_at === null;
}
