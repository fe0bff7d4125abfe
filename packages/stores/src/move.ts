import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { isoTime, StoreError, systemClock, systemRandom } from "@counterfoil/core";
import type { Clock, Random } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";
import { readAddress } from "./postgres/address.ts";
import { copyLedger } from "./postgres/copy.ts";
import type { Copied } from "./postgres/copy.ts";
import { migratePostgres } from "./postgres/migrate.ts";
import { asStoreError } from "./sqlite/failure.ts";
import { fileIdentity, openQuietly } from "./sqlite/file.ts";
import { lockAlone } from "./sqlite/lock.ts";
import { requireReadable, SCHEMA_VERSION } from "./sqlite/migrate.ts";
import { Parting } from "./sqlite/parting.ts";

export interface MoveLedger {
  /** The embedded ledger's file. */
  readonly path: string;
  /** `postgres://…` with the user that owns the schema, or may make it: the servers' own may not set its sequences. */
  readonly url: string;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Told every few seconds how many rows are over so far; nothing is committed before the last. */
  readonly onProgress?: (rows: number) => void;
}

const PROGRESS_MS = 3000;

export type LedgerMoved =
  | ({
      readonly outcome: "moved";
      /** The name that the file has now. */
      readonly keptAs: string;
    } & Copied)
  /** An earlier move was cut short when the database had everything: its file is now out of use as well. */
  | { readonly outcome: "finished"; readonly keptAs: string }
  /** Some process has the file open. */
  | { readonly outcome: "in_use" }
  | { readonly outcome: "damaged" }
  /** Its schema is another version's. */
  | { readonly outcome: "behind"; readonly from: number; readonly to: number }
  /** The PostgreSQL ledger has something in it already, and not all that is in this one. */
  | { readonly outcome: "not_empty" };

/**
 * Copies an embedded ledger into an empty PostgreSQL one, all of it or nothing: with the same secrets, whoever is signed
 * in stays so. The file is kept under another name, and a note in its place stops whoever would start on it.
 *
 * @throws StoreError if either cannot be read or written; the file is then as it was. Whatever the database came to have
 *   by then, another call finds out
 * @throws TypeError if the address has another form
 */
export async function moveToPostgres(input: MoveLedger): Promise<LedgerMoved> {
  const { url, clock = systemClock, random = systemRandom } = input;
  const path = resolve(input.path);
  const address = readAddress(url);
  if (fileIdentity(path) === null)
    throw new StoreError(`There is no ledger at ${path}: name its directory with --data.`);
  try {
    const from = schemaOf(path);
    if (from !== SCHEMA_VERSION) return { outcome: "behind", from, to: SCHEMA_VERSION };
    const lock = await lockAlone({ path, probe: `${path}.moving-${encodeBase64Url(random.bytes(6))}`, clock, random });
    if (lock === "in_use" || lock === "damaged") return { outcome: lock };
    try {
      // Not before the lock: whoever is told that nothing was changed finds no tables there.
      await migratePostgres(address, random);
      const parting = Parting.prepare(path, isoTime(clock.now()));
      const copied = await copyLedger(lock, address, everyFewSeconds(input, clock)).catch((error: unknown) => {
        parting.undo();
        throw error;
      });
      if (copied === "not_empty") {
        parting.undo();
        return { outcome: "not_empty" };
      }
      parting.finish();
      const { keptAs } = parting;
      return copied === "copied_before" ? { outcome: "finished", keptAs } : { outcome: "moved", keptAs, ...copied };
    } finally {
      lock.close();
    }
  } catch (error) {
    throw asStoreError(error);
  }
}

function everyFewSeconds({ onProgress }: MoveLedger, clock: Clock): (rows: number) => void {
  let told = clock.monotonic();
  return (rows) => {
    if (clock.monotonic() - told < PROGRESS_MS) return;
    told = clock.monotonic();
    onProgress?.(rows);
  };
}

function schemaOf(path: string): number {
  let database: DatabaseSync | null = null;
  try {
    database = openQuietly(path);
    return requireReadable(database);
  } finally {
    database?.close();
  }
}
