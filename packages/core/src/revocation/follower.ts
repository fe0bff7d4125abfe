import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import type { FeedEntry } from "@counterfoil/protocol";
import type { Clock } from "../clock.ts";
import { StoreError } from "../errors.ts";
import type { LogLedger, RevocationsRead } from "../ledger/log.ts";
import { Rounds } from "../rounds.ts";
import { restoreRevocations } from "./restoration.ts";
import type { RestoredRevocations } from "./restoration.ts";

/** Takes what the log says; applying an entry twice changes nothing. */
export interface RevocationSink {
  apply(entry: FeedEntry): void;
  /** Hears of each read that ended well, after its entries were applied. */
  completed?(read: CompletedRead): void;
  /** Hears of each read that failed; it is tried again. */
  failed?(error: unknown): void;
  /** What was told in the last 16 minutes, and all keys: should the ledger lose it, it is given back. */
  remembered?(): Iterable<FeedEntry>;
  /** Hears of it. */
  restored?(restored: RestoredRevocations): void;
}

/** A read of the log that ended well; also one that was not needed, because the ledger said that nobody has written. */
export interface CompletedRead {
  /** What came since the read before; everything that still matters where the timeline is another than that one's. */
  readonly entries: readonly FeedEntry[];
  readonly cursor: string;
  /** Entries behind the cursor are among these, or among those of reads before. */
  readonly held: boolean;
  readonly timeline: string;
  /** The ledger's time at it, milliseconds since the epoch. */
  readonly ledgerTime: number;
  /** When it began, milliseconds on this process's monotonic clock. */
  readonly readAt: number;
}

interface Taking {
  readonly read: RevocationsRead;
  /** On this process's monotonic clock. */
  readonly startedAt: number;
}

/** How often the log is looked at, at the least. */
export const LOG_INTERVAL_MS = 250;
/** Entries that a read may have for each hint to be worth another. */
const MOST_TOLD_AGAIN = 1000;
/** How much is read for others before a read of the follower's own, which everybody waits for. */
const QUESTIONS_OF_ROUND = 16;

/**
 * Follows the ledger's revocation log for this process.
 *
 * Whoever answers from memory asks first whether this is fresh. Freshness counts from the *start* of the last read
 * that ended well, on the clock that does not step: a ledger out of reach, a process that was paused or a timer that
 * came late all make it stale, and nothing but a completed read makes it fresh.
 */
export class RevocationFollower implements AsyncDisposable {
  readonly #ledger: LogLedger;
  readonly #clock: Clock;
  readonly #sink: RevocationSink;
  #cursor: string | null = null;
  #held = false;
  #timeline: string | null = null;
  #receiptAt = Number.NEGATIVE_INFINITY;
  /** The last read has not ended well: what has changed since it was asked for proves nothing. */
  #behind = true;
  #ledgerAhead = 0;
  /**
   * What the last read had, each as its text. While something can still commit behind the cursor it stays, and the log
   * tells the same again with each read: a long transaction of somebody else's would else have everybody told everything,
   * four times a second.
   */
  #told: ReadonlySet<string> = new Set();
  /** What others ask the log for, until the next read answers them with its own. */
  readonly #questions = new Map<string, { read: RevocationsRead | null }>();
  readonly #reads = new Rounds(() => this.#attempt());
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(ledger: LogLedger, clock: Clock, sink: RevocationSink) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#sink = sink;
  }

  /** Reads all that still matters, then looks again every {@link LOG_INTERVAL_MS}. */
  async start(): Promise<void> {
    await this.catchUp();
    // One that fails leaves the follower stale, as one of its own does.
    this.#ledger.onHint(() => {
      // While the log tells so much again with each read, the timer reads it.
      if (this.#told.size < MOST_TOLD_AGAIN) this.catchUp().catch(() => undefined);
    });
    this.#timer ??= setInterval(() => {
      // A failed read leaves the follower stale, which is what everybody asks about.
      this.#tick().catch(() => undefined);
    }, LOG_INTERVAL_MS);
    // Node's timers keep a process alive; the web's are numbers and do not.
    const timer: unknown = this.#timer;
    if (typeof timer === "object" && timer !== null && "unref" in timer) (timer as { unref(): void }).unref();
  }

  get fresh(): boolean {
    return this.stalenessMs < STALENESS_BOUND_MS;
  }

  /** The age of the newest receipt; infinite before the first. */
  get stalenessMs(): number {
    return this.#clock.monotonic() - this.#receiptAt;
  }

  /** The ledger's time, as the last receipt told it. For looking at a session's clocks without asking the ledger. */
  ledgerNow(): number {
    return this.#clock.now() + this.#ledgerAhead;
  }

  /**
   * Resolves when a read that began after this call has ended: what was committed before the call is known then.
   * All who ask while one runs share the next.
   *
   * @throws StoreError if the log cannot be read
   */
  catchUp(): Promise<void> {
    return this.#reads.run();
  }

  /**
   * What the log has behind a cursor that another server gave. It is read in the turn of this follower's own reads, and
   * before one of them: the ledger says whether it may have changed since *anybody* here has read.
   *
   * @throws StoreError if the log cannot be read
   */
  async readBehind(cursor: string): Promise<RevocationsRead> {
    for (;;) {
      const question = this.#questions.get(cursor) ?? { read: null };
      this.#questions.set(cursor, question);
      // oxlint-disable-next-line no-await-in-loop -- its turn comes when those who asked before have had theirs
      await this.catchUp();
      if (question.read !== null) return question.read;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#reads.settled();
  }

  async #tick(): Promise<void> {
    const startedAt = this.#clock.monotonic();
    if (this.#reads.isRunning) return;
    if (this.#behind || this.#ledger.mayHaveChanged()) await this.catchUp();
    else this.#completed([], this.ledgerNow(), startedAt);
  }

  async #attempt(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      this.#sink.failed?.(error);
      throw error;
    }
  }

  async #read(): Promise<void> {
    this.#behind = true;
    const questions = [...this.#questions].slice(0, QUESTIONS_OF_ROUND);
    // All at once: who asks from here on is answered by another read, which fails with nobody else's.
    for (const [cursor] of questions) this.#questions.delete(cursor);
    for (const [cursor, question] of questions) {
      // oxlint-disable-next-line no-await-in-loop -- one read at a time
      question.read = await this.#ledger.readRevocations(cursor);
    }
    let reading = await this.#take(this.#cursor);
    if (this.#timeline !== null && reading.read.timeline !== this.#timeline) reading = await this.#takeAnew();
    const { read, startedAt } = reading;
    this.#cursor = read.cursor;
    this.#held = read.held;
    this.#timeline = read.timeline;
    this.#ledgerAhead = read.now - this.#clock.now();
    this.#behind = false;
    this.#completed(read.entries, read.now, startedAt);
  }

  async #take(cursor: string | null): Promise<Taking> {
    const startedAt = this.#clock.monotonic();
    const read = await this.#ledger.readRevocations(cursor);
    const texts = read.entries.map((entry) => JSON.stringify(entry));
    const entries = read.entries.filter((_, index) => !this.#told.has(texts[index]!));
    for (const entry of entries) this.#sink.apply(entry);
    // Only now: what could not be applied is not told.
    this.#told = new Set(texts);
    return { read: { ...read, entries }, startedAt };
  }

  /**
   * Another history: it may lack what the one before told. That is given back before anything is believed of it, so
   * until it is, the follower is stale, sends no receipt, and tries again with each read.
   */
  async #takeAnew(): Promise<Taking> {
    this.#told = new Set();
    const first = await this.#take(null);
    const restored = await restoreRevocations(this.#ledger, first.read, this.#sink.remembered?.() ?? []);
    if (restored === null) return first;
    this.#sink.restored?.(restored);
    this.#told = new Set();
    const second = await this.#take(null);
    if (second.read.timeline === first.read.timeline) return second;
    throw new StoreError("The ledger is another one once more: it is read again.");
  }

  #completed(entries: readonly FeedEntry[], ledgerTime: number, readAt: number): void {
    this.#receiptAt = readAt;
    const [cursor, timeline] = [this.#cursor, this.#timeline];
    if (cursor === null || timeline === null) return;
    this.#sink.completed?.({ entries, cursor, held: this.#held, timeline, ledgerTime, readAt });
  }
}
