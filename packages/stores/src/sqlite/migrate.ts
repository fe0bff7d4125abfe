import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "@counterfoil/core";
import { sqlite001 } from "../migrations/sqlite-001.ts";
import { sqlite002 } from "../migrations/sqlite-002.ts";

const MIGRATIONS = [sqlite001, sqlite002];

/** "CFL1": tells our files from every other SQLite database (sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x43464c31;

/**
 * Brings the schema up to date, all of it or nothing. To be called in a write transaction: of two processes that
 * start on one new file, the second finds the work done.
 *
 * @throws StoreError if the file is another application's, or a newer version's
 */
export function migrate(database: DatabaseSync, timeline: string, now: number): void {
  const version = pragma(database, "user_version");
  if (version > MIGRATIONS.length) {
    throw new StoreError("A newer version of Counterfoil wrote this ledger: start that version, or a newer one.");
  }
  if (isForeign(database, version)) {
    throw new StoreError("The ledger's file is another application's database: name another file.");
  }
  if (version === MIGRATIONS.length) return;
  for (const sql of MIGRATIONS.slice(version)) database.exec(sql);
  if (version === 0) {
    database.prepare("INSERT INTO ledger (id, timeline, created_at) VALUES (1, ?, ?)").run(timeline, now);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  }
  database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
}

function isForeign(database: DatabaseSync, version: number): boolean {
  if (version > 0) return pragma(database, "application_id") !== APPLICATION_ID;
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined;
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
