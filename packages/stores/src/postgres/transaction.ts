import { sql } from "kysely";
import type { ClientBase } from "pg";
import type { Asked, Transaction } from "../sql/engine.ts";
import { statement } from "../sql/statement.ts";
import { kyselyOn } from "./adapter.ts";

/** Names PostgreSQL's dialect: what is compiled for one connection serves all of them. */
const DIALECT = {};

/** The transitions' view of a connection. Its transactions are begun and ended outside. */
export function transactionOn(client: ClientBase): Transaction {
  const db = kyselyOn(client);
  const tx: Transaction = {
    db,
    dialect: DIALECT,
    now: async () => (await selectNow(tx, {}))[0]!.now,
    locked: (query) => query.forUpdate(),
    unlocked: (query) => query.forUpdate().skipLocked(),
    atOnce: async <T extends readonly unknown[]>(...asked: Asked<T>) =>
      (await Promise.all(asked.map((ask) => ask()))) as unknown as T,
  };
  return tx;
}

const selectNow = statement((tx) => tx.db.selectNoFrom(sql<number>`ledger_now()`.as("now")));

/** "CFL1", as in the header of SQLite's files: a lock of ours is no other application's. */
const OURS = 0x43464c31;

/** Locks of no row (postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS), each by its schema. */
function advisoryLock(number: number) {
  const key = sql`${sql.lit(OURS)}, hashtext(current_setting('search_path')) # ${sql.lit(number)}`;
  return {
    /** Waits for it; it is held to the transaction's end. */
    take: async (tx: Transaction): Promise<void> => {
      await sql`select pg_advisory_xact_lock(${key})`.execute(tx.db);
    },
    /** Whether it was free. */
    tryTake: async (tx: Transaction): Promise<boolean> => {
      const { rows } = await sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(${key}) as taken`.execute(tx.db);
      return rows[0]?.taken === true;
    },
  };
}

export const LOCKS = { migration: advisoryLock(1), purge: advisoryLock(2) } as const;
