import type { ReauthenticateSession, SessionReauthenticated } from "@counterfoil/core";
import { activeAt } from "../../rule/activity.ts";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import { decide, lockUser } from "../users/row.ts";
import { lockLive } from "./end.ts";
import { toSession } from "./row.ts";

/** See `SessionLedger.reauthenticateSession`. */
export async function reauthenticateSession(
  tx: Transaction,
  { sid, subject, claimsVersion, presented, amr, context }: ReauthenticateSession,
): Promise<SessionReauthenticated> {
  const user = await lockUser(tx, subject);
  if (user === undefined) return { outcome: "unknown" };
  const live = await lockLive(tx, { sid, subject, context });
  if (typeof live === "string") return { outcome: live };
  const { row, now } = live;
  if (claimsVersion !== user.claims_version) return { outcome: "claims_moved" };
  const isCookie = row.transport === "cookie";
  if (isCookie && presented !== undefined && presented < row.counter) {
    if (presented < row.counter - 1) return { outcome: "ended" };
    return { outcome: "reauthenticated", session: toSession(row, user), now };
  }
  const changes = {
    auth_time: now,
    amr: amr === undefined ? row.amr : JSON.stringify(amr),
    last_active_at: activeAt(row.last_active_at, now),
    // A cookie that was stolen before dies here. A refresh token's counter is its rotation's alone.
    counter: isCookie ? row.counter + 1 : row.counter,
  };
  // Other servers may hold the session in memory; the feed makes them ask again.
  const reread = { ...user, claims_version: await decide(tx, user, now, {}) };
  await tx.db.updateTable("sessions").set(changes).where("sid", "=", sid).execute();
  await appendEvents(tx, now, [{ body: { type: "session_reauthenticated" }, subject, sid, context }]);
  return { outcome: "reauthenticated", session: toSession({ ...row, ...changes }, reread), now };
}
