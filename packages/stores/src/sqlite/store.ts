import type { DatabaseSync } from "node:sqlite";
import type { Clock, Random } from "@counterfoil/core";
import type { Engine, LogRead, Transaction } from "../sql/engine.ts";
import { closedError, replacedError } from "./failure.ts";
import { ensureFile, fileIdentity, openReader, openWriter } from "./file.ts";
import { readLog } from "./log.ts";
import { migrate, newTimeline } from "./migrate.ts";
import { patiently } from "./patience.ts";
import { immediately, transactionOn } from "./transaction.ts";
import { Writes } from "./writes.ts";

interface Opened {
  /** Of the file as it was opened. */
  readonly identity: string | null;
  readonly writer: DatabaseSync;
  readonly reader: DatabaseSync;
  readonly writing: Transaction;
  readonly reading: Transaction;
}

/** The file, open or not, as an engine: SQLite's side of all differences. */
export class SqliteStore implements Engine {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #writes = new Writes((since, task) => {
    const { writer } = this.#orClosed();
    return this.#patiently(() => immediately(writer, task), since);
  });
  #opened: Opened | null = null;
  #opening: Promise<void> | null = null;
  /** What `PRAGMA data_version` said before the log was last read. */
  #readAt: number | null = null;

  constructor(path: string, clock: Clock, random: Random) {
    this.#path = path;
    this.#clock = clock;
    this.#random = random;
  }

  /** Once, however often it is called; after a failure, again. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    const { identity, writer } = await this.#patiently(async () => {
      await ensureFile(this.#path);
      // Before it is opened: a restore may put another file there at any moment, and this one is then not it.
      return { identity: fileIdentity(this.#path), writer: openWriter(this.#path) };
    });
    try {
      const timeline = newTimeline(this.#random);
      await this.#patiently(() => immediately(writer, () => migrate(writer, timeline, this.#now())));
      const reader = await this.#patiently(() => openReader(this.#path));
      this.#opened = {
        identity,
        writer,
        reader,
        writing: transactionOn(writer, () => this.#now()),
        reading: transactionOn(reader, () => this.#now()),
      };
    } catch (error) {
      writer.close();
      throw error;
    }
  }

  // As properties: the transitions take them off.
  readonly write = <T>(transition: (tx: Transaction) => Promise<T>): Promise<T> =>
    this.#writes.add(this.#clock.monotonic(), () => transition(this.#orClosed().writing));

  readonly read = async <T>(reading: (tx: Transaction) => Promise<T>): Promise<T> => {
    const opened = this.#orClosed();
    return this.#patiently(() => reading(opened.reading));
  };

  readonly readLog = (tx: Transaction, cursor: string | null): Promise<LogRead> => {
    // Before the read: what is committed in between counts as not yet seen.
    this.#readAt = this.#dataVersion();
    return readLog(tx, cursor);
  };

  /** Writers come one after the other, so their events are there in the order of their numbers. */
  readonly eventsSettled = (): Promise<number> => Promise.resolve(Number.MAX_SAFE_INTEGER);

  readonly alone = (): Promise<boolean> => Promise.resolve(true);

  /** `data_version` moves on the reader with each commit of any other connection: the writer's, another process's. */
  mayHaveChanged(): boolean {
    try {
      return this.#readAt === null || this.#dataVersion() !== this.#readAt;
    } catch {
      // The read that follows says what is wrong.
      return true;
    }
  }

  /** Waits for the writes that were asked for before. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => null);
    await this.#writes.idle();
    const opened = this.#opened;
    this.#opened = null;
    this.#opening = null;
    opened?.reader.close();
    // Last: whoever closes last moves the write-ahead log into the file.
    opened?.writer.close();
  }

  #dataVersion(): number {
    return Number(this.#orClosed().reader.prepare("PRAGMA data_version").get()?.["data_version"]);
  }

  /**
   * A file that was deleted or replaced goes on living for whoever has it open: what is written to it then is
   * acknowledged, and gone at the next start.
   */
  #orClosed(): Opened {
    if (this.#opened === null) throw closedError();
    if (fileIdentity(this.#path) !== this.#opened.identity) throw replacedError();
    return this.#opened;
  }

  #now(): number {
    return Math.floor(this.#clock.now());
  }

  #patiently<T>(task: () => T | Promise<T>, since = this.#clock.monotonic()): Promise<T> {
    return patiently(this.#clock, this.#random, since, task);
  }
}
