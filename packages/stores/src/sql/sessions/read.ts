import type { LocatorHash, Session, SessionRecord, Sid, Subject } from "@counterfoil/core";
import type { Transaction } from "../engine.ts";
import type { SessionRow } from "../schema.ts";
import { rowRanOut, toSession } from "./row.ts";
import type { UserClaims } from "./row.ts";

/** See `SessionLedger.readSession`. */
export async function readSession(tx: Transaction, sid: Sid): Promise<SessionRecord | null> {
  return toRecord(await joined(tx).where("sid", "=", sid).executeTakeFirst());
}

/** See `SessionLedger.findSession`. */
export async function findSession(tx: Transaction, locatorHash: LocatorHash): Promise<SessionRecord | null> {
  return toRecord(await joined(tx).where("locator_hash", "=", locatorHash).executeTakeFirst());
}

/** See `SessionLedger.listSessions`. */
export async function listSessions(tx: Transaction, subject: Subject): Promise<readonly Session[]> {
  const rows = await joined(tx)
    .where("sessions.subject", "=", subject)
    .where("ended_at", "is", null)
    .orderBy("sessions.created_at", "desc")
    .orderBy("sid")
    .execute();
  const now = await tx.now();
  return rows.filter((row) => rowRanOut(row, now) === null).map((row) => toSession(row, row));
}

function toRecord(row: (SessionRow & UserClaims) | undefined): SessionRecord | null {
  if (row === undefined) return null;
  return {
    session: toSession(row, row),
    endedAt: row.ended_at,
    endReason: row.end_reason,
    data: row.data,
    dataVersion: row.data_version,
  };
}

function joined(tx: Transaction) {
  return tx.db
    .selectFrom("sessions")
    .innerJoin("users", "users.subject", "sessions.subject")
    .selectAll("sessions")
    .select(["users.roles", "users.claims_version"]);
}
