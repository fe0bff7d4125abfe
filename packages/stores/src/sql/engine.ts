import type { Kysely, SelectQueryBuilder } from "kysely";
import type { RevocationRow, Schema } from "./schema.ts";

/** All that differs from one database to another. The transitions are written once, on this. */
export interface Engine {
  /**
   * One transaction: all of it or nothing, as if it were alone. What it answers is told only once it is durable. It may
   * run more than once, so it does nothing but what it does to the database.
   */
  readonly write: <T>(transition: (tx: Transaction) => Promise<T>) => Promise<T>;
  /** A reading that changes nothing and waits for no writer. Each statement sees what is committed when it starts. */
  readonly read: <T>(reading: (tx: Transaction) => Promise<T>) => Promise<T>;
  /** The log behind `cursor`, or with `null` the whole of it, and the place up to which nothing can still commit. */
  readonly readLog: (tx: Transaction, cursor: string | null) => Promise<LogRead>;
  /** Every event that will ever have a number below this one is there now; `null` where nobody can tell yet. */
  readonly eventsSettled: (tx: Transaction) => Promise<number | null>;
  /** Whether this transaction may do, up to its end, what one process at a time does. */
  readonly alone: (tx: Transaction) => Promise<boolean>;
}

/** A transaction, as the transitions see it. */
export interface Transaction {
  readonly db: Kysely<Schema>;
  /** The same object wherever the same SQL is spoken: what is compiled for one transaction serves the next. */
  readonly dialect: object;
  /** The ledger's time, in whole milliseconds. Ask after the lock: a decision may have waited for it. */
  now(): Promise<number>;
  /** Locks the rows that `query` selects, where the transaction does not hold the whole database anyway. */
  locked<T extends keyof Schema, O>(query: SelectQueryBuilder<Schema, T, O>): SelectQueryBuilder<Schema, T, O>;
  /** The same, without those rows that another transaction holds. */
  unlocked<T extends keyof Schema, O>(query: SelectQueryBuilder<Schema, T, O>): SelectQueryBuilder<Schema, T, O>;
  /**
   * Asks what needs no other's answer, in this order, and throws what failed first. Over a network all of it is under way
   * at once. In a file nothing is asked behind a failure: a full disk ends the transaction, and the next statement would
   * be one of its own.
   */
  atOnce<T extends readonly unknown[]>(...asked: Asked<T>): Promise<T>;
}

/** What is answered with each of `T`, in this order. */
export type Asked<T extends readonly unknown[]> = { readonly [K in keyof T]: () => Promise<T[K]> };

export interface LogRead {
  readonly rows: readonly Pick<RevocationRow, "entry" | "expires_at">[];
  readonly cursor: string;
  /** Rows behind the cursor are among these. */
  readonly held: boolean;
  /** Names this history. */
  readonly timeline: string;
  /** It begins at the beginning: no cursor, or one that this log never gave. */
  readonly complete: boolean;
}
