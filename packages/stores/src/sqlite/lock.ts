import { linkSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "@counterfoil/core";
import type { Clock, Random } from "@counterfoil/core";
import { CORRUPT, isBusy, NOT_A_DATABASE, primaryCode } from "./failure.ts";
import { COMMAND_TIMEOUT_MS, openForCommand } from "./file.ts";
import { schemaState } from "./migrate.ts";
import { patiently } from "./patience.ts";

export interface LockAlone {
  readonly path: string;
  /** Another name in the same folder, which nobody uses. */
  readonly probe: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The ledger, locked against everybody who has it open or would open it, and without companions: in one file. SQLite
 * leaves the WAL mode only for a connection that is alone, and each server keeps a shared lock for as long as it has the
 * file open (sqlite.org/wal.html), so that this tells surely.
 *
 * @returns "damaged": nobody has it open, and nobody can open it
 */
export async function lockAlone({
  path,
  probe,
  clock,
  random,
}: LockAlone): Promise<DatabaseSync | "in_use" | "damaged"> {
  let database: DatabaseSync | null = null;
  try {
    const opened = openForCommand(path);
    database = opened;
    if (schemaState(opened) === "foreign") {
      throw new StoreError("The ledger's file is another application's database: name another directory.");
    }
    await patiently(clock, random, clock.monotonic(), () => {
      opened.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
      if (opened.prepare("PRAGMA journal_mode").get()?.["journal_mode"] === "delete") return;
      // In between, somebody has taken it back.
      opened.exec("ROLLBACK");
      throw new StoreError("The ledger was opened by another process just now: try again.");
    });
    return opened;
  } catch (error) {
    database?.close();
    const cause = error instanceof StoreError ? error.cause : error;
    if (isBusy(cause)) return "in_use";
    const code = primaryCode(cause);
    if (code !== CORRUPT && code !== NOT_A_DATABASE) throw error;
    return hasUser(path, probe) ? "in_use" : "damaged";
  }
}

/**
 * Whether some process has the file open, whatever is in it: a server that runs keeps its lock when the file is damaged
 * under it. SQLite reads a file before it locks it for one alone, but for one that has a WAL, in exclusive locking mode
 * (sqlite.org/wal.html#noshm). So the file gets a second name and a WAL with nothing in it: the lock is the file's under
 * any name, and the true WAL is not touched.
 */
function hasUser(path: string, probe: string): boolean {
  try {
    linkSync(path, probe);
    writeFileSync(`${probe}-wal`, "nothing", { mode: 0o600 });
    const database = new DatabaseSync(probe, { timeout: COMMAND_TIMEOUT_MS });
    try {
      database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
      return false;
    } catch (error) {
      return isBusy(error);
    } finally {
      database.close();
    }
  } finally {
    for (const companion of ["", "-wal", "-shm", "-journal"]) rmSync(probe + companion, { force: true });
  }
}
