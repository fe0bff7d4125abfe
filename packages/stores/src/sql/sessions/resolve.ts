import type { PresentedHandle, SessionResolved } from "@counterfoil/core";
import type { Transaction } from "../engine.ts";
import { appendEvents } from "../events.ts";
import type { SessionRow } from "../schema.ts";
import { endSession } from "./end.ts";
import { lockPresented, readClaims, rowRanOut, toSession } from "./row.ts";

/**
 * The answer where it needs no write, which is nearly always; `null` where {@link resolveLocked} must give it. One
 * statement, so that the session and the user's roles are of one moment.
 */
export async function resolveReading(tx: Transaction, handle: PresentedHandle): Promise<SessionResolved | null> {
  const row = await tx.db
    .selectFrom("sessions")
    .innerJoin("users", "users.subject", "sessions.subject")
    .selectAll("sessions")
    .select(["users.roles", "users.claims_version"])
    .where("locator_hash", "=", handle.locatorHash)
    .where("transport", "=", "cookie")
    .executeTakeFirst();
  if (row === undefined) return { outcome: "unknown" };
  if (row.ended_at !== null) return ended(row);
  const now = await tx.now();
  if (rowRanOut(row, now) !== null || handle.counter > row.counter) return null;
  if (handle.counter < row.counter) return superseded(row);
  return { outcome: "live", session: toSession(row, row), now };
}

export async function resolveLocked(tx: Transaction, handle: PresentedHandle): Promise<SessionResolved> {
  const row = await lockPresented(tx, { locatorHash: handle.locatorHash, transport: "cookie" });
  if (row === undefined) return { outcome: "unknown" };
  if (row.ended_at !== null) return ended(row);
  const now = await tx.now();
  const reason = rowRanOut(row, now);
  if (reason !== null) {
    await endSession(tx, row, { reason, now, context: null });
    return { outcome: "ended", sid: row.sid, subject: row.subject, reason };
  }
  if (handle.counter < row.counter) return superseded(row);
  const { counter } = handle;
  if (counter > row.counter) await catchUp(tx, row, counter, now);
  return { outcome: "live", session: toSession({ ...row, counter }, await readClaims(tx, row)), now };
}

/** We alone can have sealed that counter: the ledger has lost a commit, and heals forward. */
async function catchUp(tx: Transaction, row: SessionRow, presented: number, now: number): Promise<void> {
  const { sid, subject } = row;
  await tx.db.updateTable("sessions").set({ counter: presented }).where("sid", "=", sid).execute();
  const body = { type: "ledger_behind", presented, counter: row.counter } as const;
  await appendEvents(tx, now, [{ body, subject, sid, context: null }]);
}

function ended({ sid, subject, end_reason }: SessionRow): SessionResolved {
  return { outcome: "ended", sid, subject, reason: end_reason ?? "ended_by_operator" };
}

function superseded({ sid, subject }: SessionRow): SessionResolved {
  return { outcome: "superseded", sid, subject };
}
