import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { asStoreError, CORRUPT, NOT_A_DATABASE, primaryCode } from "./failure.ts";
import { openQuietly } from "./file.ts";
import { schemaState } from "./migrate.ts";

/** What is in a ledger, for whoever wants to recognize it. */
export interface LedgerContents {
  readonly schemaVersion: number;
  readonly users: number;
  readonly sessions: number;
}

/** Why a file is no ledger that this version can restore. */
export type BackupFault = "missing" | "no_file" | "foreign" | "newer" | "damaged";

/**
 * Reads the whole file once and changes nothing of it.
 *
 * @throws StoreError if it cannot be read at all
 */
export function verify(path: string): LedgerContents | BackupFault {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "missing";
  if (!found.isFile()) return "no_file";
  try {
    const database = openQuietly(path);
    try {
      const state = schemaState(database);
      if (state === "newer") return state;
      if (state === "foreign" || state === 0) return "foreign";
      if (firstFault(database) !== null) return "damaged";
      return contents(database, state);
    } finally {
      database.close();
    }
  } catch (error) {
    const code = primaryCode(error);
    if (code === NOT_A_DATABASE) return "foreign";
    if (code === CORRUPT) return "damaged";
    throw asStoreError(error);
  }
}

/** Every page, and every index against its table. */
function firstFault(database: DatabaseSync): string | null {
  const told = String(database.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"]);
  return told === "ok" ? null : told;
}

function contents(database: DatabaseSync, schemaVersion: number): LedgerContents {
  const count = (sql: string) => Number(database.prepare(sql).get()?.["n"]);
  return {
    schemaVersion,
    users: count("SELECT count(*) AS n FROM users WHERE deleted_at IS NULL"),
    sessions: count("SELECT count(*) AS n FROM sessions WHERE ended_at IS NULL"),
  };
}
