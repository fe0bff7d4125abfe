import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "@counterfoil/core";
import type { Random } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";
import { sqlite001 } from "../migrations/sqlite-001.ts";
import { sqlite002 } from "../migrations/sqlite-002.ts";

const MIGRATIONS = [sqlite001, sqlite002];

/** The schema that this version works with. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** "CFL1": tells our files from every other SQLite database (sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x43464c31;

/** Names a history: of a new ledger, and of one that has gone back to a backup. */
export function newTimeline(random: Random): string {
  return encodeBase64Url(random.bytes(16));
}

/** `from` is 0 for a new file; equal to `to` where there was nothing to do. */
export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/**
 * Brings the schema up to date, all of it or nothing. To be called in a write transaction: of two processes that
 * start on one new file, the second finds the work done.
 *
 * @throws StoreError if the file is another application's, or a newer version's
 */
export function migrate(database: DatabaseSync, timeline: string, now: number): Migrated {
  const from = requireReadable(database);
  if (from === SCHEMA_VERSION) return { from, to: from };
  for (const sql of MIGRATIONS.slice(from)) database.exec(sql);
  if (from === 0) {
    database.prepare("INSERT INTO ledger (id, timeline, created_at) VALUES (1, ?, ?)").run(timeline, now);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  }
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  return { from, to: SCHEMA_VERSION };
}

/**
 * The schema's version of a file that this version can work with, or bring up to date; 0 for an empty one.
 *
 * @throws StoreError if the file is another application's, or a newer version's
 */
export function requireReadable(database: DatabaseSync): number {
  const state = schemaState(database);
  if (state === "newer") {
    throw new StoreError("A newer version of Counterfoil wrote this ledger: start that version, or a newer one.");
  }
  if (state === "foreign") {
    throw new StoreError("The ledger's file is another application's database: name another file.");
  }
  return state;
}

/** Its version; or why it has none that this version knows. */
export function schemaState(database: DatabaseSync): number | "newer" | "foreign" {
  const version = pragma(database, "user_version");
  if (version > 0 && pragma(database, "application_id") === APPLICATION_ID) {
    return version > SCHEMA_VERSION ? "newer" : version;
  }
  const isEmpty = version === 0 && database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  return isEmpty ? 0 : "foreign";
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
