import { closeSync, existsSync, fsyncSync, openSync, statSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { StoreError } from "@counterfoil/core";
import { requireNotMoved } from "./moved-note.ts";

/** Makes the file for its owner alone, if there is none: SQLite gives its `-wal` and `-shm` the same mode. */
export async function ensureFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "a", 0o600);
  await file.close();
}

/** Which file is at `path` now; `null` for none. */
export function fileIdentity(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

/**
 * A connection for the transactions. `FULL`: in WAL mode nothing less makes an acknowledged commit survive a power
 * failure. `trusted_schema=off`: a file that somebody else has prepared runs none of his functions.
 */
export function openWriter(path: string): DatabaseSync {
  const database = connect(path);
  try {
    const [mode] = database.prepare("PRAGMA journal_mode = WAL").all();
    if (mode?.["journal_mode"] !== "wal") {
      throw new StoreError("The ledger's disk cannot be shared between processes: put the file on a local disk.");
    }
    database.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A second connection, for reading beside the writer. The file is in WAL mode by now. */
export function openReader(path: string): DatabaseSync {
  return prepared(connect(path), "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF");
}

/** How long a command waits for another process's lock: it has no event loop to keep turning. */
export const COMMAND_TIMEOUT_MS = 2000;

/** A connection for a command that does one thing and ends. */
export function openForCommand(path: string): DatabaseSync {
  requireNotMoved(path);
  const database = new DatabaseSync(path, { timeout: COMMAND_TIMEOUT_MS, enableForeignKeyConstraints: true });
  return prepared(database, "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
}

/**
 * A connection that reads and leaves nothing behind. A reader of a file in WAL mode makes its `-wal` and `-shm` where
 * there are none, and may not take them away again; where there are none nobody writes, and none are needed.
 */
export function openQuietly(path: string): DatabaseSync {
  requireNotMoved(path);
  const url = pathToFileURL(path);
  if (!existsSync(`${path}-wal`)) url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url.href, { readOnly: true, timeout: COMMAND_TIMEOUT_MS });
  return prepared(database, "PRAGMA trusted_schema = OFF");
}

/** Some of these read the file already, and fail where it is none. */
function prepared(database: DatabaseSync, pragmas: string): DatabaseSync {
  try {
    database.exec(pragmas);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What is in the file stays there, whatever happens to the power. */
export function syncFile(path: string): void {
  sync(path, "r+");
}

/** What the folder's files are called stays so. Windows has no such thing, and needs none. */
export function syncFolder(path: string): void {
  if (process.platform !== "win32") sync(path, "r");
}

function sync(path: string, flags: string): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Busy timeout 0: SQLite would sleep in the event loop's thread. */
function connect(path: string): DatabaseSync {
  requireNotMoved(path);
  return new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
}
