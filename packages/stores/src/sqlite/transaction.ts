import type { DatabaseSync } from "node:sqlite";

/**
 * One transaction that is a writer from its start: one that began as a reader could find, at its first write, that
 * what it has read is old. After any failure, also of the commit, the connection is free for the next.
 */
export async function immediately<T>(writer: DatabaseSync, task: () => T | Promise<T>): Promise<T> {
  try {
    writer.exec("BEGIN IMMEDIATE");
    const result = await task();
    writer.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(writer);
    throw error;
  }
}

function rollBack(writer: DatabaseSync): void {
  try {
    // A full disk, for one, has rolled back already.
    if (writer.isTransaction) writer.exec("ROLLBACK");
  } catch {
    // Of the two failures the first one tells more; and a transaction that stays open fails the next one's `BEGIN`.
  }
}
