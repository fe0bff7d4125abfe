import { sql } from "kysely";
import type { LogRead, Transaction } from "../sql/engine.ts";

interface Row {
  readonly cursor: string;
  readonly timeline: string;
  readonly complete: boolean;
  readonly entry: string | null;
  readonly expires_at: number | null;
}

/**
 * The cursor is the oldest transaction that was under way when the log was read: each row keeps its own, and none that
 * commits later can be older. A sequence's numbers become visible in another order than they are given, so a cursor of
 * those loses rows. One statement, so that what it reads and the cursor are of one snapshot.
 *
 * The timeline is the ledger's with the database's own: a standby that was promoted counts transactions anew from where
 * it was, and may lack some.
 */
export async function readLog(tx: Transaction, cursor: string | null): Promise<LogRead> {
  const given = cursor !== null && /^[1-9]\d{0,18}$/.test(cursor) ? cursor : null;
  const { rows } = await sql<Row>`
    with place as materialized (
      select pg_snapshot_xmin(pg_current_snapshot()) as xmin,
        ledger.timeline || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as timeline,
        coalesce(${given}::xid8, '0'::xid8) as after
      from ledger
    ), start as materialized (
      select *, after = '0'::xid8 or after > xmin as complete from place
    )
    select start.xmin::text as cursor, start.timeline, start.complete, entry, expires_at
    from start left join revocations on revocations.xid >= case when start.complete then '0'::xid8 else start.after end
    order by revocations.id`.execute(tx.db);
  const [first] = rows;
  if (first === undefined) throw new TypeError("the ledger has no row that names its history");
  const entries = rows.flatMap(({ entry, expires_at }) => (entry === null ? [] : [{ entry, expires_at }]));
  return { rows: entries, cursor: first.cursor, complete: first.complete, timeline: first.timeline };
}
