import { StoreError } from "@counterfoil/core";

/** SQLite's primary result codes (sqlite.org/rescode.html), and what to do about each. */
const SENTENCES: ReadonlyMap<number, string> = new Map([
  [3, "The ledger's file may not be used: give the server's user access to it and to its folder."],
  [5, "The ledger is busy: another process has kept its file locked for two seconds. Try again shortly."],
  [6, "The ledger is busy: another process has kept its file locked for two seconds. Try again shortly."],
  [7, "There is no memory left for the ledger: give the server more, or restart it."],
  [8, "The ledger's file is read-only: let the server's user write it and its folder."],
  [10, "The disk failed under the ledger: look at the system's log, and check the disk before a restart."],
  [11, "The ledger's file is damaged: stop the server and restore the newest backup."],
  [13, "The disk of the ledger is full: make room. Nothing of this was written."],
  [14, "The ledger's file cannot be opened: it must be a file, in a folder that the server's user can write."],
  [15, "The ledger's file is locked in a way that its disk does not support: put it on a local disk."],
  [26, "The ledger's file is not a ledger: it is no SQLite database. Name another file, or restore a backup."],
]);

const BUSY = 5;
const LOCKED = 6;
export const CORRUPT = 11;
export const FULL = 13;
const CANTOPEN = 14;
export const NOT_A_DATABASE = 26;

const SYSTEM_CODES: ReadonlyMap<string, number> = new Map([
  ["EACCES", 3],
  ["EPERM", 3],
  ["EROFS", 8],
  ["EIO", 10],
  ["ENOSPC", 13],
  ["EDQUOT", 13],
]);

/** Whether it is worth trying again: somebody else holds a lock. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED;
}

/**
 * The store's failure as the one error that the port knows; anything that is no failure of the store, a bug, stays
 * what it is. The message holds nothing of the statement, its values or the path: those are in the `cause`.
 */
export function asStoreError(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const code = primaryCode(error);
  if (code !== null) return new StoreError(SENTENCES.get(code) ?? UNEXPECTED, { cause: error });
  if (isClosed(error)) return closedError({ cause: error });
  const fromSystem = systemCode(error);
  if (fromSystem !== null) return new StoreError(SENTENCES.get(fromSystem) ?? UNEXPECTED, { cause: error });
  return error;
}

export function closedError(options?: ErrorOptions): StoreError {
  return new StoreError(
    "The ledger is closed: open it before it is used, and use it no more once it is closed.",
    options,
  );
}

export function replacedError(): StoreError {
  return new StoreError(
    "The ledger's file was deleted or replaced under the running server: put it back, or restart the server to use the new one.",
  );
}

const UNEXPECTED = "The ledger's database refused a statement: this should not happen, and the cause tells more.";

/** The primary code is the lower byte of the extended one. */
export function primaryCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & 0xff;
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_INVALID_STATE";
}

/** The file system's error by SQLite's number for it. */
function systemCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return null;
  return SYSTEM_CODES.get(String(error.code)) ?? CANTOPEN;
}
