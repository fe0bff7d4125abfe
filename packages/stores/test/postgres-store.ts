import { randomBytes } from "node:crypto";
import type { Ledger } from "@counterfoil/core";
import { postgresLedger } from "@counterfoil/stores/postgres";
import { Pool } from "pg";
import { TestClock } from "./store.ts";
import type { TestStore } from "./store.ts";

/** A new schema's name: each store has its own. */
export function newSchema(): string {
  return `t${randomBytes(6).toString("hex")}`;
}

/** Those that a test has given back, empty. */
const free = new Map<string, string[]>();

/** Two ledgers on one database, whose time is the test's clock. */
export async function makePostgres(address: string): Promise<TestStore> {
  const clock = new TestClock();
  const pool = new Pool({ connectionString: address, max: 1 });
  const schema = free.get(address)?.pop() ?? newSchema();
  const url = `${address}?schema=${schema}&pool=20`;
  const ledger = postgresLedger({ url });
  const other = postgresLedger({ url });
  await ledger.open();
  await other.open();
  const time = new DatabaseTime(pool, schema, clock);
  await time.rule();
  return {
    clock,
    ledger: at(ledger, time),
    other: at(other, time),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([ledger[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
      await empty(pool, schema);
      free.set(address, [...(free.get(address) ?? []), schema]);
      await pool.end();
    },
  };
}

/** As a new one is, in a fifth of the time that it takes to make one. */
async function empty(pool: Pool, schema: string): Promise<void> {
  await pool.query(`
    SET search_path = ${schema};
    TRUNCATE users, sessions, revocations, events, attempts, signing_keys, secrets, password_codes, verifiers
      RESTART IDENTITY;
    UPDATE ledger SET timeline = '${randomBytes(16).toString("base64url")}', created_at = ledger_now();`);
}

/** Makes the database's time that of a test's clock. */
class DatabaseTime {
  readonly #pool: Pool;
  readonly #schema: string;
  readonly #clock: TestClock;
  #told = Number.NaN;
  #telling: Promise<unknown> = Promise.resolve();

  constructor(pool: Pool, schema: string, clock: TestClock) {
    this.#pool = pool;
    this.#schema = schema;
    this.#clock = clock;
  }

  async rule(): Promise<void> {
    await this.#pool.query(`
      CREATE TABLE IF NOT EXISTS ${this.#schema}.test_time (now bigint NOT NULL);
      DELETE FROM ${this.#schema}.test_time;
      INSERT INTO ${this.#schema}.test_time VALUES (${this.#clock.now()});
      CREATE OR REPLACE FUNCTION ${this.#schema}.ledger_now() RETURNS bigint LANGUAGE sql
        AS $$ SELECT now FROM ${this.#schema}.test_time $$;`);
  }

  /** Before each operation: the clock may have been moved. */
  tell(): Promise<unknown> {
    const now = Math.floor(this.#clock.now());
    if (now === this.#told) return this.#telling;
    this.#told = now;
    this.#telling = this.#pool.query(`UPDATE ${this.#schema}.test_time SET now = $1`, [now]);
    return this.#telling;
  }
}

function at(ledger: Ledger, time: DatabaseTime): Ledger {
  return new Proxy(ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function" || typeof name === "symbol" || IMMEDIATE.has(name)) return value;
      return async (...input: readonly unknown[]) => {
        await time.tell();
        return (value as (...all: readonly unknown[]) => unknown)(...input);
      };
    },
  });
}

const IMMEDIATE = new Set(["mayHaveChanged", "onHint"]);
