import type { DatabaseSync } from "node:sqlite";
import type { Asked, Transaction } from "../sql/engine.ts";
import { kyselyOn } from "./adapter.ts";

/** Names SQLite's dialect: what is compiled for one connection serves all of them. */
const DIALECT = {};

/**
 * The transitions' view of a connection. Its transactions are begun and ended outside, by {@link immediately}.
 *
 * @param now the ledger's time, in whole milliseconds
 */
export function transactionOn(database: DatabaseSync, now: () => number): Transaction {
  // A writer holds the whole file, so there is no row to lock.
  return {
    db: kyselyOn(database),
    dialect: DIALECT,
    now: () => Promise.resolve(now()),
    locked: (query) => query,
    unlocked: (query) => query,
    atOnce: async <T extends readonly unknown[]>(...asked: Asked<T>) => {
      const answers: unknown[] = [];
      // oxlint-disable-next-line no-await-in-loop -- none behind a failure
      for (const ask of asked) answers.push(await ask());
      return answers as unknown as T;
    },
  };
}

/**
 * One transaction that is a writer from its start: one that began as a reader could find, at its first write, that
 * what it has read is old. After any failure, also of the commit, the connection is free for the next.
 */
export async function immediately<T>(writer: DatabaseSync, task: () => T | Promise<T>): Promise<T> {
  try {
    writer.exec("BEGIN IMMEDIATE");
    const result = await task();
    writer.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(writer);
    throw error;
  }
}

function rollBack(writer: DatabaseSync): void {
  try {
    // A full disk, for one, has rolled back already.
    if (writer.isTransaction) writer.exec("ROLLBACK");
  } catch {
    // Of the two failures the first one tells more; and a transaction that stays open fails the next one's `BEGIN`.
  }
}
