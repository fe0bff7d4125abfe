import { sql } from "kysely";
import type { LogRead, Transaction } from "../sql/engine.ts";

/**
 * The cursor is the row's number: writers come one after the other, so numbers become visible in their order, and
 * `AUTOINCREMENT` never gives one twice. It goes up to what the log had given when the read began; what comes in
 * between is told now and once more.
 */
export async function readLog(tx: Transaction, cursor: string | null): Promise<LogRead> {
  const { timeline } = await tx.db.selectFrom("ledger").select("timeline").executeTakeFirstOrThrow();
  const given = await sql<{ seq: number }>`select seq from sqlite_sequence where name = 'revocations'`.execute(tx.db);
  const last = given.rows[0]?.seq ?? 0;
  const after = position(cursor, last);
  const rows = await tx.db
    .selectFrom("revocations")
    .select(["entry", "expires_at"])
    .where("id", ">", after ?? 0)
    .orderBy("id")
    .execute();
  return { rows, cursor: String(last), held: false, timeline, complete: after === null };
}

/** Whatever this log cannot have given means: from the beginning. */
function position(cursor: string | null, last: number): number | null {
  if (cursor === null || !/^(?:0|[1-9]\d{0,15})$/.test(cursor)) return null;
  const id = Number(cursor);
  return id <= last ? id : null;
}
