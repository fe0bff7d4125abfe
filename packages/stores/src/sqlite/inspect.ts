import { existsSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { StoredSecret } from "@counterfoil/core";
import { lacksRows } from "../inspection/drift.ts";
import type { Drift } from "../inspection/drift.ts";
import type { InspectedKey, LedgerState } from "../inspection/state.ts";
import { sqliteManifest } from "../migrations/sqlite-manifest.ts";
import { asStoreError } from "./failure.ts";
import { openQuietly } from "./file.ts";
import { requireReadable, SCHEMA_VERSION } from "./migrate.ts";
import { driftOf, shapeOf } from "./shape.ts";

/** What a ledger's file looks like from outside. Instants are milliseconds since the epoch. */
export interface LedgerInspection {
  readonly schemaVersion: number;
  readonly bytes: number;
  readonly walBytes: number;
  /** What SQLite finds wrong with the file's pages; empty where all is well. */
  readonly faults: readonly string[];
  /** Where the schema is not what its version should be; looked for in today's alone. */
  readonly drift: readonly Drift[];
  /** `null` where the schema is another version's, or lacks tables or columns: they cannot be asked then. */
  readonly state: LedgerState | null;
}

/**
 * Looks, and changes nothing: no migration, no file.
 *
 * @param endedBefore milliseconds since the epoch; see {@link LedgerState.dead}
 * @throws StoreError if there is no ledger that this version can read
 */
export function inspect(path: string, endedBefore: number): LedgerInspection {
  try {
    const database = openQuietly(path);
    try {
      const schemaVersion = requireReadable(database);
      const wal = `${path}-wal`;
      const isToday = schemaVersion === SCHEMA_VERSION;
      const drift = isToday ? driftOf(shapeOf(database), sqliteManifest) : [];
      return {
        schemaVersion,
        bytes: statSync(path).size,
        walBytes: existsSync(wal) ? statSync(wal).size : 0,
        faults: quickCheck(database),
        drift,
        state: isToday && !lacksRows(drift) ? readState(database, endedBefore) : null,
      };
    } finally {
      database.close();
    }
  } catch (error) {
    throw asStoreError(error);
  }
}

/** A page after another, without holding each index against its table: seconds, where the whole takes minutes. */
function quickCheck(database: DatabaseSync): readonly string[] {
  const rows = database.prepare("PRAGMA quick_check(5)").all();
  return rows.map((row) => String(row["quick_check"])).filter((told) => told !== "ok");
}

function readState(database: DatabaseSync, endedBefore: number): LedgerState {
  const number = (sql: string, ...values: number[]) => database.prepare(sql).get(...values)?.["n"] as number | null;
  return {
    createdAt: number("SELECT created_at AS n FROM ledger") ?? 0,
    newestEventAt: number("SELECT max(at) AS n FROM events"),
    signingKeys: database
      .prepare(
        `SELECT kid, algorithm, state, secret_version AS secretVersion, created_at AS createdAt,
           signs_since AS signsSince, retired_at AS retiredAt
         FROM signing_keys WHERE state != 'revoked' ORDER BY id`,
      )
      .all() as unknown as InspectedKey[],
    secrets: database
      .prepare(
        `SELECT version, fingerprint, adopted_at AS adoptedAt, sealed_at AS sealedAt, lacked_at AS lackedAt,
           discarded_at AS discardedAt
         FROM secrets ORDER BY version`,
      )
      .all() as unknown as StoredSecret[],
    users: number("SELECT count(*) AS n FROM users WHERE deleted_at IS NULL") ?? 0,
    admins:
      number(
        `SELECT count(*) AS n FROM users WHERE deleted_at IS NULL AND disabled = 0
         AND EXISTS (SELECT 1 FROM json_each(roles) WHERE value = 'admin')`,
      ) ?? 0,
    dead: number("SELECT count(*) AS n FROM sessions WHERE ended_at <= ?", endedBefore) ?? 0,
  };
}
