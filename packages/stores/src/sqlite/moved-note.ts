import { closeSync, openSync, readSync, statSync } from "node:fs";
import { StoreError } from "@counterfoil/core";

const START = "This ledger was moved to PostgreSQL at ";

/**
 * What is in the place of a ledger's file once it is in PostgreSQL.
 *
 * @param time such as 2026-01-31T12:00:00.000Z
 */
export function movedNote(time: string, keptAs: string): string {
  return `${START}${time} (counterfoil migrate --to postgres).\nAs it was then, it is ${keptAs}.\n`;
}

/**
 * To SQLite the note is a file that is no database, and whoever is told to restore a backup over it brings back what was
 * ended since the move.
 *
 * @throws StoreError if there is such a note at the path
 */
export function requireNotMoved(path: string): void {
  const time = movedAt(path);
  if (time === null) return;
  throw new StoreError(
    `${START}${time}: set COUNTERFOIL_DATABASE_URL to where it is now. A backup, or the file that was kept, would bring back sessions that have ended since.`,
  );
}

/** When the ledger was moved of which there is only the note at the path; `null` for anything else. */
export function movedAt(path: string): string | null {
  const start = firstBytes(path, START.length + 24);
  const time = start.slice(START.length);
  return start.startsWith(START) && /^\d{4}-[\d:T.-]+Z$/.test(time) ? time : null;
}

/** Less than one of a ledger's pages. */
const MOST_BYTES = 4095;

/**
 * Nothing of what cannot be read: SQLite says why. And a ledger is never opened here, since closing it would release the
 * locks that SQLite has on it in this process (sqlite.org/howtocorrupt.html §2.2): it is larger than any note.
 */
function firstBytes(path: string, count: number): string {
  try {
    const found = statSync(path);
    if (!found.isFile() || found.size < count || found.size > MOST_BYTES) return "";
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(count);
      return bytes.toString("latin1", 0, readSync(file, bytes, 0, count, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}
