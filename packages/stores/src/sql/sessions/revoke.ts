import type { RevokeSession, RevokeSessions, SessionRevoked, SessionsRevoked } from "@counterfoil/core";
import type { Transaction } from "../engine.ts";
import { appendRevocation } from "../revocations.ts";
import { decide, lockUser } from "../users/row.ts";
import { endSession, endSessionsOf, revokeLocked } from "./end.ts";
import { lockSession, rowRanOut } from "./row.ts";

/** See `SessionLedger.revokeSession`. */
export async function revokeSession(tx: Transaction, input: RevokeSession): Promise<SessionRevoked> {
  const row = await lockSession(tx, input.sid);
  if (row === undefined || (input.subject !== null && input.subject !== row.subject)) return { outcome: "unknown" };
  if (row.ended_at !== null) return { outcome: "already_ended" };
  const now = await tx.now();
  const { context } = input;
  const ranOut = rowRanOut(row, now);
  if (ranOut !== null) {
    await endSession(tx, row, { reason: ranOut, now, context });
    // Somebody wants it gone: a token that was minted in the background until just now goes with it.
    await appendRevocation(tx, now, ranOut, { type: "session-revoked", sid: row.sid });
    return { outcome: "already_ended" };
  }
  await revokeLocked(tx, row, { reason: input.reason, now, context });
  return { outcome: "revoked" };
}

/** See `SessionLedger.revokeSessions`. */
export async function revokeSessions(tx: Transaction, input: RevokeSessions): Promise<SessionsRevoked> {
  const user = await lockUser(tx, input.subject);
  if (user === undefined) return { outcome: "unknown" };
  const now = await tx.now();
  // Also where nothing is open: a sign-in whose password is being checked right now must not outlive this.
  const claimsVersion = await decide(tx, user, now, input.reason, {});
  const end = { reason: input.reason, now, context: input.context };
  const ended = await endSessionsOf(tx, input.subject, input.except, end);
  return { outcome: "revoked", ended, claimsVersion };
}
