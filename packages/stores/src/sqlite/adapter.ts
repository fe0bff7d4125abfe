import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";
import type { Schema } from "../sql/schema.ts";

/** Kysely on one connection of `node:sqlite`. Transactions are begun and ended outside, by {@link sqliteEngine}. */
export function kyselyOn(database: DatabaseSync): Kysely<Schema> {
  const connection = new Connection(database);
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new Adapter(),
      createDriver: () => driverOf(connection),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

/** Each statement is over before another can begin, so Kysely need not lock the connection around it. */
class Adapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Enough for every statement of the transitions; the number of rows of an `INSERT` makes more of them. */
const MAX_STATEMENTS = 200;

interface Prepared {
  readonly statement: StatementSync;
  readonly reads: boolean;
}

class Connection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    // Answers without a turn of the event loop: a transaction holds the file's lock from its first statement.
    return new Promise((resolve) => {
      const { statement, reads } = this.#prepare(sql);
      const values = parameters as readonly SQLInputValue[];
      if (reads) return resolve({ rows: statement.all(...values) as R[] });
      const { changes, lastInsertRowid } = statement.run(...values);
      return resolve({ rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) });
    });
  }

  // oxlint-disable-next-line require-yield -- nothing here is read as a stream
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new TypeError("the ledger streams nothing");
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    const prepared = { statement, reads: statement.columns().length > 0 };
    if (this.#prepared.size >= MAX_STATEMENTS) this.#prepared.clear();
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function driverOf(connection: Connection): Driver {
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: () => Promise.resolve(),
    beginTransaction: elsewhere,
    commitTransaction: elsewhere,
    rollbackTransaction: elsewhere,
    destroy: () => Promise.resolve(),
  };
}

function elsewhere(): Promise<never> {
  return Promise.reject(new TypeError("transactions are the engine's"));
}
