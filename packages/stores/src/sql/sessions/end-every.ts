import type { EndEverySession, EverySessionEnded } from "@counterfoil/core";
import type { Revocation } from "@counterfoil/protocol";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import { appendRevocation } from "../revocations.ts";
import type { SessionRow } from "../schema.ts";
import { endingReason } from "./end.ts";

/** See `SessionLedger.endEverySession`. */
export async function endEverySession(tx: Transaction, input: EndEverySession): Promise<EverySessionEnded> {
  const now = await tx.now();
  // Locked, and live under the lock: of several who end everybody each ends, and counts, its own.
  const batch = await tx
    .locked(
      tx.db
        .selectFrom("sessions")
        .select("sid")
        .where("ended_at", "is", null)
        .orderBy("created_at")
        .orderBy("sid")
        .limit(input.limit),
    )
    .execute();
  const rows = await end(tx, now, batch);
  const told = input.tellEach ? rows : [];
  await appendRevocation(
    tx,
    now,
    "everybody",
    ...told.map(({ sid }): Revocation => ({ type: "session-revoked", sid })),
  );
  const ended = rows.filter((row) => row.end_reason === "everybody").length;
  const more = rows.length === input.limit;
  if (!more) {
    const body = { type: "every_session_ended", ended: input.endedBefore + ended } as const;
    await appendEvents(tx, now, [{ body, subject: null, sid: null, context: input.context }]);
  }
  return { ended, more };
}

async function end(tx: Transaction, now: number, batch: readonly Pick<SessionRow, "sid">[]) {
  if (batch.length === 0) return [];
  return tx.db
    .updateTable("sessions")
    .set({ ended_at: now, end_reason: endingReason("everybody", now) })
    .where(
      "sid",
      "in",
      batch.map(({ sid }) => sid),
    )
    .returning(["sid", "end_reason"])
    .execute();
}
