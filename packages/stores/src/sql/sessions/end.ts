import type { EndReason, EventContext, NewEvent, Sid, Subject } from "@counterfoil/core";
import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import { appendRevocation } from "../revocations.ts";
import type { SessionRow } from "../schema.ts";
import { lockSession, rowRanOut } from "./row.ts";

interface End {
  readonly reason: EndReason;
  readonly now: number;
  readonly context: EventContext | null;
}

type Ending = Pick<SessionRow, "sid" | "subject">;

/** Writes the end of a session whose row is locked, and live. Nothing ever takes an end back. */
export async function endSession(tx: Transaction, row: Ending, end: End, before: readonly NewEvent[] = []) {
  const update = tx.db.updateTable("sessions").set({ ended_at: end.now, end_reason: end.reason });
  await tx.atOnce(
    () => update.where("sid", "=", row.sid).execute(),
    () => appendEvents(tx, end.now, [...before, ended(row.sid, row.subject, end.reason, end.context)]),
  );
}

/** The same by a decision, so that the tokens which are out are refused too. */
export async function revokeLocked(tx: Transaction, row: Ending, end: End, before: readonly NewEvent[] = []) {
  await tx.atOnce(
    () => endSession(tx, row, end, before),
    () => appendRevocation(tx, end.now, end.reason, { type: "session-revoked", sid: row.sid }),
  );
}

export interface Whose {
  readonly sid: Sid;
  /** Somebody else's session is not there. `null`: whoever's. */
  readonly subject: Subject | null;
  readonly context: EventContext | null;
}

/**
 * Locks the session and tells whether it is live, over, or not there. A clock that has run out is written as its end,
 * so that no step of the clock gives the session back.
 */
export async function lockLive(
  tx: Transaction,
  { sid, subject, context }: Whose,
): Promise<{ row: SessionRow; now: number } | "ended" | "unknown"> {
  const [row, now] = await tx.atOnce(
    () => lockSession(tx, sid),
    () => tx.now(),
  );
  if (row === undefined || (subject !== null && subject !== row.subject)) return "unknown";
  if (row.ended_at !== null) return "ended";
  const reason = rowRanOut(row, now);
  if (reason === null) return { row, now };
  await endSession(tx, row, { reason, now, context });
  return "ended";
}

/**
 * Ends all sessions of a user but one. The user's row is locked, so none can be opened meanwhile. The feed learns of
 * it by the user's new version, not session by session.
 *
 * @returns how many were live until now
 */
export async function endSessionsOf(tx: Transaction, subject: Subject, except: Sid | null, end: End): Promise<number> {
  const reason = endingReason(end.reason, end.now);
  let update = tx.db
    .updateTable("sessions")
    .set({ ended_at: end.now, end_reason: reason })
    .where("subject", "=", subject)
    .where("ended_at", "is", null);
  if (except !== null) update = update.where("sid", "!=", except);
  const rows = await update.returning(["sid", "end_reason"]).execute();
  const endedNow = rows.filter((row) => row.end_reason === end.reason).length;
  await appendEvents(tx, end.now, [
    ...rows.map((row) => ended(row.sid, subject, row.end_reason ?? end.reason, end.context)),
    {
      body: { type: "all_sessions_ended", reason: end.reason, ended: endedNow },
      subject,
      sid: null,
      context: end.context,
    },
  ]);
  return endedNow;
}

/** Of rows that a statement ends together. One whose clock had run out before was over already: it keeps its own reason. */
export function endingReason(reason: EndReason, now: number): RawBuilder<EndReason> {
  return sql<EndReason>`case when ${now} >= expires_at then 'lifetime'
    when ${now} >= last_active_at + inactivity_seconds * 1000 then 'inactive' else ${reason} end`;
}

function ended(sid: Sid, subject: Subject, reason: EndReason, context: EventContext | null): NewEvent {
  return { body: { type: "session_ended", reason }, subject, sid, context };
}
