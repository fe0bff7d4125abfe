import { StoreError } from "@counterfoil/core";
import type { Random } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";
import { sql } from "kysely";
import { Client } from "pg";
import { postgres001 } from "../migrations/postgres-001.ts";
import type { Transaction } from "../sql/engine.ts";
import type { PostgresAddress } from "./address.ts";
import { LOCK_MS, patientConfig } from "./connect.ts";
import { asOwnersError, asStoreError, ConnectionFailure, schemaClosed } from "./failure.ts";
import { LOCKS, transactionOn } from "./transaction.ts";

export interface Migration {
  readonly sql: string;
  /** The oldest version of the schema whose servers can work with the one that this makes. */
  readonly worksWith: number;
}

const MIGRATIONS: readonly Migration[] = [{ sql: postgres001, worksWith: 1 }];

const OTHER_MIGRATION_MS = 600_000;

/** The schema that this version works with. */
export const POSTGRES_SCHEMA_VERSION = MIGRATIONS.length;

/** `from` is 0 where there was nothing; equal to `to` where there was nothing to do. */
export interface DatabaseMigrated {
  readonly from: number;
  readonly to: number;
}

/**
 * One connection for one thing that a command or a start does.
 *
 * @throws StoreError
 */
export async function withConnection<T>(
  address: PostgresAddress,
  applicationName: string,
  use: (tx: Transaction, client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(patientConfig(address, applicationName, ["statement_timeout"]));
  client.on("error", () => undefined);
  try {
    await client.connect().catch((error: unknown) => {
      throw new ConnectionFailure(error);
    });
    return await use(transactionOn(client), client);
  } catch (error) {
    throw asStoreError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** For a server's start: nothing is written where the schema is as it should be, so its user need not be able to. */
export async function prepareSchema(address: PostgresAddress, random: Random, applicationName: string): Promise<void> {
  await withConnection(address, applicationName, async (tx, client) => {
    await requireUtf8(tx);
    if (!isBehind(await readSchemaVersion(tx))) return;
    await migrateOn(tx, client, address, random).catch(asOwner);
  });
}

/**
 * Brings the schema up to date, all of it or nothing. Of several that start on an empty database, one does, and the
 * others find it done.
 *
 * @throws StoreError if it is a newer version's that this one cannot work with
 */
export async function migratePostgres(address: PostgresAddress, random: Random): Promise<DatabaseMigrated> {
  return withConnection(address, "counterfoil migrate", async (tx, client) => {
    await requireUtf8(tx);
    return migrateOn(tx, client, address, random).catch(asOwner);
  });
}

function asOwner(error: unknown): never {
  throw error instanceof ConnectionFailure && error.lacksRight ? asOwnersError(error) : error;
}

async function migrateOn(
  tx: Transaction,
  client: Client,
  { schema }: PostgresAddress,
  random: Random,
): Promise<DatabaseMigrated> {
  const run = (text: string) =>
    client.query(text).catch((error: unknown) => {
      throw new ConnectionFailure(error);
    });
  await run("BEGIN");
  // For another that does the same, and not for the locks of tables, behind which all servers would queue.
  await run(`SET LOCAL lock_timeout = ${OTHER_MIGRATION_MS}`);
  // Not by the schema's name: there may be none yet.
  await LOCKS.migration.take(tx);
  await run(`SET LOCAL lock_timeout = ${LOCK_MS}`);
  const from = await readSchemaVersion(tx);
  if (isBehind(from)) {
    // Only where there is none: it takes a right that the owner of the tables need not have.
    if (!(await hasSchema(tx))) await run(`CREATE SCHEMA "${schema}"`);
    for (const [index, migration] of MIGRATIONS.entries()) {
      if (index < from) continue;
      // oxlint-disable-next-line no-await-in-loop -- one builds on the other
      await run(migration.sql);
    }
    await record(tx, from, random);
  }
  await run("COMMIT");
  return { from, to: Math.max(from, POSTGRES_SCHEMA_VERSION) };
}

async function record(tx: Transaction, from: number, random: Random): Promise<void> {
  if (from === 0) {
    const timeline = encodeBase64Url(random.bytes(16));
    await sql`insert into ledger (id, timeline, created_at) values (1, ${timeline}, ledger_now())`.execute(tx.db);
  }
  for (const [index, { worksWith }] of MIGRATIONS.entries()) {
    if (index < from) continue;
    // oxlint-disable-next-line no-await-in-loop -- a handful, in order
    await sql`insert into migrations values (${index + 1}, ${worksWith}, ledger_now())`.execute(tx.db);
  }
}

/** A name of small letters, which the address has made sure of, is the whole of the search path. */
async function hasSchema(tx: Transaction): Promise<boolean> {
  const { rows } = await sql<{ usable: boolean; name: string }>`
    select has_schema_privilege(oid, 'USAGE') as usable, nspname as name
    from pg_catalog.pg_namespace where nspname = current_setting('search_path')`.execute(tx.db);
  // To whoever may not use it, it looks as if nothing were in it.
  if (rows[0]?.usable === false) throw schemaClosed(rows[0].name);
  return rows.length > 0;
}

/**
 * The version of the schema that is there; 0 for none.
 *
 * @throws StoreError if it is a newer version's that this one cannot work with
 */
export async function readSchemaVersion(tx: Transaction): Promise<number> {
  if (!(await hasSchema(tx))) return 0;
  // Not by `to_regclass`: it answers by what this connection knew of the schema before it waited for the lock.
  const { rows: tables } = await sql<{ there: boolean }>`
    select exists (
      select from pg_catalog.pg_class join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
      where nspname = current_setting('search_path') and relname = 'migrations'
    ) as there`.execute(tx.db);
  if (tables[0]?.there !== true) return 0;
  const { rows } = await sql<{ version: number; works_with: number }>`
    select version, works_with from migrations order by version desc limit 1`.execute(tx.db);
  const newest = rows[0];
  if (newest === undefined) return 0;
  if (newest.works_with > POSTGRES_SCHEMA_VERSION) {
    throw new StoreError("A newer version of Counterfoil wrote this ledger: start that version, or a newer one.");
  }
  return newest.version;
}

/** A newer schema that still works with this version is none of its business: two versions run side by side. */
function isBehind(version: number): boolean {
  return version < POSTGRES_SCHEMA_VERSION;
}

async function requireUtf8(tx: Transaction): Promise<void> {
  const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(tx.db);
  if (rows[0]?.server_encoding === "UTF8") return;
  throw new StoreError("The ledger's database must be encoded in UTF8: create one with `ENCODING 'UTF8'`.");
}
