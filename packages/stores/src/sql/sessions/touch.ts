import type { AmendSession, SessionAmended, SessionTouched, Sid } from "@counterfoil/core";
import { isRecent } from "../../rule/activity.ts";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import { lockLive } from "./end.ts";

/** See `SessionLedger.touchSession`. */
export async function touchSession(tx: Transaction, sid: Sid): Promise<SessionTouched> {
  const live = await lockLive(tx, { sid, subject: null, context: null });
  if (typeof live === "string") return { outcome: live };
  const { row, now } = live;
  // Also where the clock has stepped back: activity never moves back.
  if (isRecent(row.last_active_at, now)) return { outcome: "recent" };
  await tx.db.updateTable("sessions").set({ last_active_at: now }).where("sid", "=", sid).execute();
  return { outcome: "touched" };
}

/** See `SessionLedger.amendSession`. */
export async function amendSession(tx: Transaction, input: AmendSession): Promise<SessionAmended> {
  const live = await lockLive(tx, { sid: input.sid, subject: null, context: null });
  if (typeof live === "string") return { outcome: live === "ended" ? "revoked" : "unknown" };
  const { row, now } = live;
  const { sid, subject } = row;
  if (row.data_version !== input.version) return { outcome: "conflict", version: row.data_version };
  const version = row.data_version + 1;
  const changes = { data: input.data, data_version: version };
  await tx.db.updateTable("sessions").set(changes).where("sid", "=", sid).execute();
  await appendEvents(tx, now, [{ body: { type: "session_amended", version }, subject, sid, context: null }]);
  return { outcome: "amended", version };
}
