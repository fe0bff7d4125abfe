import type { ReauthenticateSession, Session, SessionReauthenticated } from "@counterfoil/core";
import { activeAt } from "../../rule/activity.ts";
import { provedAmr } from "../../rule/amr.ts";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import type { SessionRow, UserRow } from "../schema.ts";
import { decide, lockUser } from "../users/row.ts";
import { lockLive } from "./end.ts";
import { toSession } from "./row.ts";

/** See `SessionLedger.reauthenticateSession`. */
export async function reauthenticateSession(
  tx: Transaction,
  input: ReauthenticateSession,
): Promise<SessionReauthenticated> {
  const locked = await lockForProof(tx, input);
  if ("outcome" in locked) return locked;
  const { row, user, moved, amr, now } = locked;
  // What another has just proved as well is decided already: again, it would only send a third one back to its check.
  const settled = moved && amr === null;
  const session = settled ? toSession(row, user) : await proveAgain(tx, locked, input, {});
  return { outcome: "reauthenticated", session, now };
}

/** A session in which the user has just proved presence; both rows are locked. */
interface Proving {
  readonly user: UserRow;
  readonly row: SessionRow;
  /** Another re-authentication with the same session token has moved the counter already. */
  readonly moved: boolean;
  /** What the session's methods become; `null` where they stay as they are. */
  readonly amr: readonly string[] | null;
  readonly now: number;
}

export async function lockForProof(
  tx: Transaction,
  { sid, subject, claimsVersion, presented, amr, context }: ReauthenticateSession,
): Promise<Proving | Exclude<SessionReauthenticated, { readonly outcome: "reauthenticated" }>> {
  const user = await lockUser(tx, subject);
  if (user === undefined) return { outcome: "unknown" };
  const live = await lockLive(tx, { sid, subject, context });
  if (typeof live === "string") return { outcome: live };
  if (claimsVersion !== user.claims_version) return { outcome: "claims_moved" };
  const { row, now } = live;
  const behind = row.transport === "cookie" && presented !== undefined ? row.counter - presented : 0;
  if (behind > 1) return { outcome: "ended" };
  const moved = behind === 1;
  return { user, row, moved, amr: provedAmr(JSON.parse(row.amr) as string[], amr, moved), now };
}

/** Writes the proof, and whatever else it decides about the user. */
export async function proveAgain(
  tx: Transaction,
  { user, row, moved, amr, now }: Proving,
  { context }: Pick<ReauthenticateSession, "context">,
  decided: Partial<Pick<UserRow, "password_hash">>,
): Promise<Session> {
  const { sid, subject } = row;
  const changes = {
    auth_time: now,
    amr: amr === null ? row.amr : JSON.stringify(amr),
    last_active_at: activeAt(row.last_active_at, now),
    // A cookie that was stolen before dies here. A refresh token's counter is its rotation's alone.
    counter: row.transport === "cookie" && !moved ? row.counter + 1 : row.counter,
  };
  // Other servers may hold the session in memory; the feed makes them ask again.
  const reason = decided.password_hash === undefined ? "reauthenticated" : "password_changed";
  const reread = { ...user, claims_version: await decide(tx, user, now, reason, decided) };
  await tx.db.updateTable("sessions").set(changes).where("sid", "=", sid).execute();
  await appendEvents(tx, now, [{ body: { type: "session_reauthenticated" }, subject, sid, context }]);
  return toSession({ ...row, ...changes }, reread);
}
