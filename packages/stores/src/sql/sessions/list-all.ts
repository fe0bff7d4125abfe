import type { ListAllSessions, Session, SessionCursor, SessionPage } from "@counterfoil/core";
import { MOST_SESSIONS_LOOKED_AT } from "../../rule/page.ts";
import type { Transaction } from "../engine.ts";
import type { SessionRow } from "../schema.ts";
import { rowRanOut, toSession } from "./row.ts";
import type { UserClaims } from "./row.ts";

/** See `SessionLedger.listAllSessions`. */
export async function listAllSessions(tx: Transaction, query: ListAllSessions): Promise<SessionPage> {
  const { transport, limit } = query;
  const now = await tx.now();
  const sessions: Session[] = [];
  let cursor = query.cursor;
  for (let looked = 0; looked < MOST_SESSIONS_LOOKED_AT;) {
    const chunk = Math.min(Math.max(limit, 50), MOST_SESSIONS_LOOKED_AT - looked);
    const rows = await readChunk(tx, query, cursor, chunk);
    for (const row of rows) {
      cursor = { createdAt: row.created_at, sid: row.sid };
      if (rowRanOut(row, now) !== null || (transport !== undefined && row.transport !== transport)) continue;
      sessions.push(toSession(row, row));
      if (sessions.length === limit) return { sessions, next: cursor };
    }
    if (rows.length < chunk) return { sessions, next: null };
    looked += rows.length;
  }
  return { sessions, next: cursor };
}

function readChunk(
  tx: Transaction,
  { subject }: ListAllSessions,
  cursor: SessionCursor | null,
  limit: number,
): Promise<(SessionRow & UserClaims)[]> {
  let select = tx.db
    .selectFrom("sessions")
    // In this order for SQLite, which would else be free to begin with all users.
    .crossJoin("users")
    .whereRef("users.subject", "=", "sessions.subject")
    .where("sessions.ended_at", "is", null)
    .selectAll("sessions")
    .select(["users.roles", "users.claims_version"]);
  if (subject !== undefined) select = select.where("sessions.subject", "=", subject);
  if (cursor !== null) {
    const { createdAt, sid } = cursor;
    select = select.where((row) =>
      row(row.refTuple("sessions.created_at", "sessions.sid"), "<", row.tuple(createdAt, sid)),
    );
  }
  return select.orderBy("sessions.created_at", "desc").orderBy("sessions.sid", "desc").limit(limit).execute();
}
