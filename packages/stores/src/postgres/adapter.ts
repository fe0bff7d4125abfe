import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";
import type { ClientBase } from "pg";
import type { Schema } from "../sql/schema.ts";
import { ConnectionFailure } from "./failure.ts";

/** Kysely on one connection of `pg`. Transactions are begun and ended outside, by `PostgresStore`. */
export function kyselyOn(client: ClientBase): Kysely<Schema> {
  const connection = new Connection(client);
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new Adapter(),
      createDriver: () => driverOf(connection),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

/** What is asked of one connection goes over it in order, so Kysely need not lock it around each statement. */
class Adapter extends PostgresAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Enough for every statement of the transitions; lists of values make more of them, which are then parsed each time. */
const MAX_STATEMENTS = 300;
const LONGEST_NAMED = 2000;
/** Each statement's name, by its text: a connection that has seen it does not have it parsed again. */
const names = new Map<string, string>();
let generation = 0;

function nameOf(sql: string): string | undefined {
  // A long one inserts many rows, and there is another for each number of them.
  if (sql.length > LONGEST_NAMED) return undefined;
  const known = names.get(sql);
  if (known !== undefined || names.size >= MAX_STATEMENTS) return known;
  const name = `cf${generation}_${names.size}`;
  names.set(sql, name);
  return name;
}

/**
 * A later version's migration gave a table another column, and each connection refuses what it prepared before. Under
 * new names all of it is prepared again, on all connections: one attempt fails, and not one on each.
 */
function renameAfter(sql: string, name: string | undefined): void {
  // Another connection may have said so first.
  if (name === undefined || names.get(sql) !== name) return;
  generation++;
  names.clear();
}

class Connection implements DatabaseConnection {
  readonly #client: ClientBase;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const name = nameOf(sql);
    try {
      const { rows, rowCount } = await this.#client.query({
        text: sql,
        values: parameters.map(withoutNul),
        ...(name !== undefined && { name }),
      });
      return { rows: rows as R[], numAffectedRows: BigInt(rowCount ?? 0) };
    } catch (error) {
      const failure = new ConnectionFailure(error);
      if (failure.isOutdated) renameAfter(sql, name);
      throw failure;
    }
  }

  // oxlint-disable-next-line require-yield -- nothing here is read as a stream
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new TypeError("the ledger streams nothing");
  }
}

/** PostgreSQL's text has no NUL; whoever sends one is to get an answer all the same, and finds nothing by it. */
function withoutNul(value: unknown): unknown {
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\u{fffd}") : value;
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
