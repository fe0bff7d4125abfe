import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { StoreError } from "@counterfoil/core";
import { Client } from "pg";
import type { PostgresAddress } from "./address.ts";
import { patientConfig } from "./connect.ts";
import type { Limit } from "./connect.ts";
import { asStoreError, ConnectionFailure } from "./failure.ts";

/** How many rows went over. */
export interface Copied {
  readonly users: number;
  /** Those that are kept, live and over. */
  readonly sessions: number;
  readonly events: number;
}

/** Users before what refers to them. */
const TABLES = [
  "users",
  "sessions",
  "revocations",
  "events",
  "attempts",
  "signing_keys",
  "secrets",
  "password_codes",
  "verifiers",
] as const;

/** What gives the next row its number, by table. */
const SEQUENCES = [
  ["revocations", "pg_get_serial_sequence('revocations', 'id')"],
  ["signing_keys", "pg_get_serial_sequence('signing_keys', 'id')"],
  ["events", "'event_ids'"],
] as const;

const BATCH = 2000;

/**
 * All rows of an embedded ledger, in one transaction. The name of its history comes along: a reader of the feed is told
 * everything anew all the same, since PostgreSQL's own history is part of the name there.
 *
 * @param source locked against everybody else
 * @param onBatch told how many rows are over so far
 * @returns `not_empty` where there is a user, a key or a secret already, and `copied_before` where all of the source is
 * @throws StoreError
 */
export async function copyLedger(
  source: DatabaseSync,
  address: PostgresAddress,
  onBatch: (rows: number) => void = () => undefined,
): Promise<Copied | "not_empty" | "copied_before"> {
  // However many rows there are, none of this waits for anybody; it is idle there while it reads here.
  const without: readonly Limit[] = ["statement_timeout", "idle_in_transaction_session_timeout"];
  const client = new Client(patientConfig(address, "counterfoil migrate", without));
  client.on("error", () => undefined);
  try {
    return await inDatabase(async () => {
      await client.connect();
      await client.query("BEGIN");
      if (!(await isEmpty(client))) return (await has(client, source)) ? "copied_before" : "not_empty";
      const counts: Record<string, number> = {};
      let rows = 0;
      const onRows = (more: number) => onBatch((rows += more));
      for (const table of TABLES) {
        // oxlint-disable-next-line no-await-in-loop -- one table after another: some refer to others
        counts[table] = await copyTable(source, client, table, address.schema, onRows);
      }
      await copyHistory(source, client);
      await client.query("COMMIT");
      return { users: counts["users"] ?? 0, sessions: counts["sessions"] ?? 0, events: counts["events"] ?? 0 };
    });
  } finally {
    // Without a commit before, PostgreSQL undoes it all.
    await client.end().catch(() => undefined);
  }
}

async function inDatabase<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    // SQLite's own failures have an `errcode`, and are told in its words.
    if (error instanceof StoreError || (error instanceof Error && "errcode" in error)) throw error;
    throw asStoreError(new ConnectionFailure(error));
  }
}

async function isEmpty(client: Client): Promise<boolean> {
  // Nobody begins to use it meanwhile.
  await client.query("LOCK TABLE users, sessions, signing_keys, secrets IN SHARE ROW EXCLUSIVE MODE");
  const { rows } = await client.query<{ used: boolean }>(
    `SELECT EXISTS (SELECT FROM users) OR EXISTS (SELECT FROM signing_keys) OR EXISTS (SELECT FROM secrets)
       OR EXISTS (SELECT FROM verifiers) AS used`,
  );
  return rows[0]?.used === false;
}

/**
 * Whether it is a copy of this very ledger, which nobody has used since: what is done in a ledger has an event, and the
 * newest one of the source is there. The copy may have been used, and have gone on.
 */
async function has(client: Client, source: DatabaseSync): Promise<boolean> {
  const ledger = source.prepare("SELECT timeline, created_at FROM ledger").get();
  const newest = source.prepare("SELECT id, at, type, details FROM events ORDER BY id DESC LIMIT 1").get();
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM ledger WHERE timeline = $1 AND created_at = $2)
       AND EXISTS (SELECT FROM events WHERE id = $3 AND at = $4 AND type = $5 AND details = $6) AS found`,
    [
      ledger?.["timeline"],
      ledger?.["created_at"],
      newest?.["id"],
      newest?.["at"],
      newest?.["type"],
      newest?.["details"],
    ],
  );
  return rows[0]?.found === true;
}

async function copyTable(
  source: DatabaseSync,
  client: Client,
  table: string,
  schema: string,
  onRows: (more: number) => void,
): Promise<number> {
  const types = await columnTypes(client, table, schema);
  const columns = source
    .prepare("SELECT name FROM pragma_table_info(?)")
    .all(table)
    .map((row) => String(row["name"]));
  const list = columns.map((column) => `"${column}"`).join(", ");
  const arrays = columns.map((column, index) => `$${index + 1}::${types.get(column) ?? "text"}[]`).join(", ");
  const insert = `INSERT INTO ${table} (${list}) SELECT * FROM unnest(${arrays})`;
  let count = 0;
  for (const batch of batches(source.prepare(`SELECT ${list} FROM ${table}`).iterate())) {
    const values = columns.map((column) => batch.map((row) => stored(row[column] ?? null)));
    // oxlint-disable-next-line no-await-in-loop -- a bounded piece of a table at a time
    await client.query(insert, values);
    count += batch.length;
    onRows(batch.length);
  }
  return count;
}

async function columnTypes(client: Client, table: string, schema: string): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ column_name: string; data_type: string }>(
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2",
    [schema, table],
  );
  return new Map(rows.map((row) => [row.column_name, row.data_type]));
}

function* batches<T>(rows: Iterable<T>): Generator<readonly T[]> {
  let batch: T[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** PostgreSQL's text has no NUL, which here can only be in what somebody called a device. */
function stored(value: SQLOutputValue): unknown {
  if (typeof value === "string") return value.replaceAll("\0", "\u{fffd}");
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

async function copyHistory(source: DatabaseSync, client: Client): Promise<void> {
  const ledger = source.prepare("SELECT timeline, created_at FROM ledger").get();
  await client.query("UPDATE ledger SET timeline = $1, created_at = $2", [
    ledger?.["timeline"],
    ledger?.["created_at"],
  ]);
  for (const [table, sequence] of SEQUENCES) {
    // oxlint-disable-next-line no-await-in-loop -- three statements
    await client.query(`SELECT setval(${sequence}, max(id)) FROM ${table} HAVING max(id) IS NOT NULL`);
  }
}
