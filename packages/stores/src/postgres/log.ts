import { sql } from "kysely";
import type { LogRead, Transaction } from "../sql/engine.ts";

interface Row {
  readonly cursor: string;
  readonly timeline: string;
  readonly complete: boolean;
  /** The row is behind the cursor. */
  readonly behind: boolean;
  readonly entry: string | null;
  readonly expires_at: number | null;
}

/**
 * The cursor is a transaction of the log's own, behind which nothing can still commit: the newest that is older than all
 * that were under way when the log was read. Each row keeps its transaction, and none that commits later can be older. A
 * sequence's numbers become visible in another order than they are given, so a cursor of those loses rows.
 *
 * Only the number of a row that was seen, since that is durable. After a crash the database gives again what numbers
 * nothing durable had: `xmin` itself as a cursor would be ahead of what commits then.
 *
 * One statement, so that what it reads and the cursor are of one snapshot. The timeline is the ledger's with the
 * database's own: a standby that was promoted counts transactions anew from where it was, and may lack some.
 */
export async function readLog(tx: Transaction, cursor: string | null): Promise<LogRead> {
  const given = cursor !== null && /^(?:0|[1-9]\d{0,18})$/.test(cursor) ? cursor : null;
  // By its key, which tells the planner that there is one: of a thousand, it takes this for the work of hours.
  const { rows } = await sql<Row>`
    with place as materialized (
      select pg_snapshot_xmin(pg_current_snapshot()) as xmin,
        ledger.timeline || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as timeline,
        ${given}::xid8 as given
      from ledger
      where id = 1
    ), start as materialized (
      select xmin, timeline, given is null or given > xmin as complete,
        case when given <= xmin then given else '0'::xid8 end as after
      from place
    ), settled as materialized (
      select coalesce(
        (select xid from revocations where xid > start.after and xid < start.xmin order by xid desc limit 1),
        start.after
      ) as cursor
      from start
    )
    select settled.cursor::text as cursor, start.timeline, start.complete, entry, expires_at,
      coalesce(revocations.xid > settled.cursor, false) as behind
    from start cross join settled left join revocations on revocations.xid > start.after
    order by revocations.id`.execute(tx.db);
  const [first] = rows;
  if (first === undefined) throw new TypeError("the ledger has no row that names its history");
  const entries = rows.flatMap(({ entry, expires_at }) => (entry === null ? [] : [{ entry, expires_at }]));
  const held = rows.some(({ behind }) => behind);
  return { rows: entries, cursor: first.cursor, held, complete: first.complete, timeline: first.timeline };
}
