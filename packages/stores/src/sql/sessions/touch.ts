import { TOUCH_INTERVAL_MS } from "@counterfoil/core";
import type {
  AmendSession,
  SessionAmended,
  SessionsTouched,
  SessionTouched,
  Sid,
  TouchSession,
} from "@counterfoil/core";
import { sql } from "kysely";
import { isRecent } from "../../rule/activity.ts";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import { padded } from "../list.ts";
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

/**
 * See `SessionLedger.touchSessions`. One statement. It waits for no row that another transaction holds, so that it can be
 * part of no deadlock, and a redemption never waits behind 500 clicks.
 */
export async function touchSessions(tx: Transaction, touches: readonly TouchSession[]): Promise<SessionsTouched> {
  if (touches.length === 0) return { touched: 0 };
  const now = await tx.now();
  const rows = padded(touches);
  // `values` calls its columns so on both engines.
  const active = sql<{ column1: Sid; column2: number }>`(values ${sql.join(
    rows.map(({ sid, agoMs }) => sql`(${sid}, cast(${now - agoMs} as bigint))`),
  )})`.as<"active">(sql.ref("active"));
  const { numUpdatedRows } = await tx.db
    .with("free", (db) =>
      tx.unlocked(
        db
          .selectFrom("sessions")
          .select("sid")
          .where("ended_at", "is", null)
          .where(
            "sid",
            "in",
            rows.map(({ sid }) => sid),
          ),
      ),
    )
    .updateTable("sessions")
    .from(active)
    .set((row) => ({ last_active_at: row.ref("active.column2") }))
    .whereRef("sid", "=", "active.column1")
    .where("sid", "in", (row) => row.selectFrom("free").select("free.sid"))
    .whereRef("active.column2", "<", "expires_at")
    .where(sql<boolean>`active.column2 - last_active_at between ${TOUCH_INTERVAL_MS} and inactivity_seconds * 1000 - 1`)
    .executeTakeFirst();
  return { touched: Number(numUpdatedRows) };
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
