import { statSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "@counterfoil/core";

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
  const database = connect(path);
  try {
    database.exec("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Busy timeout 0: SQLite would sleep in the event loop's thread. */
function connect(path: string): DatabaseSync {
  return new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
}
