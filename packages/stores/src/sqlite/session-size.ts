import { asStoreError } from "./failure.ts";
import { openQuietly } from "./file.ts";
import { requireReadable } from "./migrate.ts";

export interface SessionSize {
  readonly sessions: number;
  /** Of all of them together. */
  readonly bytes: number;
}

/** Looks, and changes nothing. */
export function sessionSize(path: string): SessionSize {
  try {
    const database = openQuietly(path);
    try {
      requireReadable(database);
      // One row a page in here: to be asked for by name, or it reads the whole file.
      const { sessions, bytes } = database
        .prepare(
          `SELECT (SELECT count(*) FROM sessions) AS sessions,
             (SELECT sum(payload) FROM sqlite_schema AS part, dbstat
              WHERE part.tbl_name = 'sessions' AND dbstat.name = part.name) AS bytes`,
        )
        .get() as { readonly sessions: number; readonly bytes: number | null };
      return { sessions, bytes: bytes ?? 0 };
    } finally {
      database.close();
    }
  } catch (error) {
    throw asStoreError(error);
  }
}
