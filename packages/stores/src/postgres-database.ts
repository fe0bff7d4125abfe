import { systemClock, systemRandom } from "@counterfoil/core";
import type { Clock, Random } from "@counterfoil/core";
import { readAddress } from "./postgres/address.ts";
import type { PostgresAddress } from "./postgres/address.ts";
import { inspectDatabase } from "./postgres/inspect.ts";
import type { DatabaseInspection } from "./postgres/inspect.ts";
import { migratePostgres, POSTGRES_SCHEMA_VERSION, readSchemaVersion, withConnection } from "./postgres/migrate.ts";
import type { DatabaseMigrated } from "./postgres/migrate.ts";

export type { Drift } from "./inspection/drift.ts";
export type { InspectedKey, LedgerState } from "./inspection/state.ts";
export type { DatabaseConnectionFacts, DatabaseInspection, DatabaseServer } from "./postgres/inspect.ts";
export type { DatabaseMigrated } from "./postgres/migrate.ts";
export type { Rights } from "./postgres/rights.ts";

export interface LedgerDatabaseOptions {
  /** As a server has it, or with the user that owns the schema. */
  readonly url: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The PostgreSQL ledger as its operator has it. Each of these opens a connection, does one thing, and closes it. */
export class LedgerDatabase {
  /** The schema that this version works with. */
  static readonly schemaVersion = POSTGRES_SCHEMA_VERSION;

  readonly #address: PostgresAddress;
  readonly #clock: Clock;
  readonly #random: Random;

  /** @throws TypeError if the address has another form; see `postgresLedger` */
  constructor({ url, clock = systemClock, random = systemRandom }: LedgerDatabaseOptions) {
    this.#address = readAddress(url);
    this.#clock = clock;
    this.#random = random;
  }

  /** The schema that the tables are in, or would be. */
  get schemaName(): string {
    return this.#address.schema;
  }

  /**
   * The schema's version as it is (0: there is no ledger), and as a server of this version would make it. A newer one
   * that this version works with is up to date.
   *
   * @throws StoreError if it cannot be reached, or is a newer version's that this one cannot work with
   */
  async schema(): Promise<DatabaseMigrated> {
    const from = await withConnection(this.#address, NAME, readSchemaVersion);
    return { from, to: Math.max(from, POSTGRES_SCHEMA_VERSION) };
  }

  /**
   * Makes the schema where there is none, or brings it up to date, beside whatever servers run: all of it or nothing.
   * The address's user is to own the schema, or to be allowed to make it.
   *
   * @throws StoreError
   */
  migrate(): Promise<DatabaseMigrated> {
    return migratePostgres(this.#address, this.#random);
  }

  /**
   * @param endedBefore sessions that ended before this instant, in milliseconds since the epoch, are counted as dead
   * @throws StoreError
   */
  inspect(endedBefore: number): Promise<DatabaseInspection> {
    return withConnection(this.#address, NAME, (tx) => inspectDatabase(tx, this.#address, this.#clock, endedBefore));
  }
}

/** As PostgreSQL shows it in `pg_stat_activity`. */
const NAME = "counterfoil command";
