import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { StoreError, systemRandom } from "@counterfoil/core";
import type { Clock, Random } from "@counterfoil/core";
import { backUp } from "./sqlite/backup.ts";
import type { BackedUp } from "./sqlite/backup.ts";
import { asStoreError } from "./sqlite/failure.ts";
import { openForCommand, openQuietly } from "./sqlite/file.ts";
import { inspect } from "./sqlite/inspect.ts";
import type { LedgerInspection } from "./sqlite/inspect.ts";
import { migrate, newTimeline, requireReadable, SCHEMA_VERSION } from "./sqlite/migrate.ts";
import type { Migrated } from "./sqlite/migrate.ts";
import { restore } from "./sqlite/restore.ts";
import type { Restored, RestoreStep } from "./sqlite/restore.ts";
import { sessionSize } from "./sqlite/session-size.ts";
import type { SessionSize } from "./sqlite/session-size.ts";
import { immediately } from "./sqlite/transaction.ts";

export type { BackedUp } from "./sqlite/backup.ts";
export type { Drift } from "./inspection/drift.ts";
export type { InspectedKey, LedgerState } from "./inspection/state.ts";
export type { LedgerInspection } from "./sqlite/inspect.ts";
export type { Migrated } from "./sqlite/migrate.ts";
export type { Restored, RestoreStep } from "./sqlite/restore.ts";
export type { SessionSize } from "./sqlite/session-size.ts";
export type { BackupFault } from "./sqlite/verify.ts";

export interface LedgerFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly random?: Random;
}

export interface RestoreOptions {
  readonly keepSessions: boolean;
  readonly onStep?: (step: RestoreStep) => void;
}

/**
 * The embedded ledger as its operator has it: a file. Each of these is for a command that does one thing and ends: they
 * wait for locks and disks without an event loop, and throw a `StoreError` where they cannot go on.
 */
export class LedgerFile {
  /** The schema that this version works with. */
  static readonly schemaVersion = SCHEMA_VERSION;

  readonly #path: string;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor({ path, clock, random = systemRandom }: LedgerFileOptions) {
    this.#path = resolve(path);
    this.#clock = clock;
    this.#random = random;
  }

  get exists(): boolean {
    return existsSync(this.#path);
  }

  /** The schema's version as it is, and as a server of this version would make it. */
  schema(): Migrated {
    try {
      const database = openQuietly(this.#path);
      try {
        return { from: requireReadable(database), to: SCHEMA_VERSION };
      } finally {
        database.close();
      }
    } catch (error) {
      throw asStoreError(error);
    }
  }

  /** Brings the schema up to date, beside whatever servers run: all of it or nothing. */
  async migrate(): Promise<Migrated> {
    if (!this.exists) throw new StoreError("There is no ledger to migrate: a server makes one when it starts.");
    try {
      const database = openForCommand(this.#path);
      try {
        const timeline = newTimeline(this.#random);
        return await immediately(database, () => migrate(database, timeline, Math.floor(this.#clock.now())));
      } finally {
        database.close();
      }
    } catch (error) {
      throw asStoreError(error);
    }
  }

  /**
   * @param force over the file that is there; never over one of the ledger's own or of `secrets`, or what is no file
   * @param secrets the files that the ledger is of no use without
   */
  backUp(to: string, force: boolean, secrets: readonly string[] = []): BackedUp {
    const paths = { path: this.#path, to: resolve(to), secrets: secrets.map((path) => resolve(path)) };
    return backUp({ ...paths, force, clock: this.#clock, random: this.#random });
  }

  restore(backup: string, options: RestoreOptions): Promise<Restored> {
    return restore({
      path: this.#path,
      backup: resolve(backup),
      clock: this.#clock,
      random: this.#random,
      ...options,
    });
  }

  /**
   * What the sessions take that are kept, live and over: their rows and their entries in the indexes, by SQLite's own
   * account, without what its pages have free.
   *
   * @throws StoreError if there is no ledger that can be read
   */
  sessionSize(): SessionSize {
    return sessionSize(this.#path);
  }

  /** @param endedBefore sessions that ended before this instant, in milliseconds since the epoch, are counted as dead */
  inspect(endedBefore: number): LedgerInspection {
    return inspect(this.#path, endedBefore);
  }
}
