import type { FeedOpening, Receipt, Revocation } from "@counterfoil/protocol";
import type { VerifierClock } from "../clock.ts";
import { IssuerError } from "../fetch/issuer-error.ts";
import { Freshness, ReceiptTimes } from "./freshness.ts";
import type { Instant } from "./freshness.ts";
import { malformed } from "./malformed.ts";
import type { Entries } from "./wire.ts";

/** What is told of the log, in the order in which it takes effect. */
export interface LogSink {
  apply(entry: Revocation): void;
  /** All that matters of another history of the ledger than before, unless it is the first. */
  beginAnew(entries: readonly Revocation[], isFirst: boolean): void;
  /** A snapshot of the history that is followed was applied, one entry after the other. */
  completed(): void;
  /** So many entries said something that this version does not understand. */
  notUnderstood(count: number): void;
}

/**
 * This process's copy of the ledger's revocation log: where it is, and what proves how old it is.
 *
 * Several requests may bring parts of it at once, and each may be slower than one that was sent later. None of them
 * moves the copy backwards: on one timeline facts are only ever added, and another timeline is taken only from a request
 * that was sent after the one that told of the timeline that is followed.
 */
export class LogCopy {
  readonly freshness = new Freshness();
  readonly #clock: VerifierClock;
  readonly #sink: LogSink;
  #asked = 0;
  #timeline: { readonly name: string; readonly toldBy: number } | null = null;
  #cursor: string | null = null;
  /** The number of the newest request that had been sent when something was not understood. */
  #doubtedAt: number | null = null;

  constructor(clock: VerifierClock, sink: LogSink) {
    this.#clock = clock;
    this.#sink = sink;
  }

  /** Of the history that is followed; `null` before the first complete snapshot. */
  get timeline(): string | null {
    return this.#timeline?.name ?? null;
  }

  /** Whether something was told that this version does not understand: it may be a revocation. */
  get isInDoubt(): boolean {
    return this.#doubtedAt !== null;
  }

  /** Why nothing is to be accepted by what is known, however young it is; `null` if there is no reason. */
  get doubt(): IssuerError | null {
    if (this.isInDoubt) {
      return new IssuerError("not_understood", "The feed tells what this verifier does not understand: update it.");
    }
    const seconds = Math.ceil(this.freshness.setBackMs(this.#clock.monotonic()) / 1000);
    if (seconds === 0) return null;
    const sentence = `The ledger's clock was set back: nothing is accepted for ${seconds} s, or until a restart.`;
    return new IssuerError("failed", sentence);
  }

  get stalenessMs(): number {
    return this.freshness.stalenessMs(this.#now());
  }

  /** To be called just before a request is sent. */
  begin(): Reading {
    const number = ++this.#asked;
    const cursor = this.isInDoubt ? null : this.#cursor;
    return new Reading(this, number, cursor, this.#now());
  }

  /** @internal */
  isFollowing(timeline: string): boolean {
    return this.#timeline?.name === timeline;
  }

  /** @internal */
  takeEntries({ known, unknown }: Entries): void {
    for (const entry of known) this.#sink.apply(entry);
    if (unknown === 0) return;
    this.#doubtedAt = this.#asked;
    this.#sink.notUnderstood(unknown);
  }

  /** @internal */
  takeSnapshot(timeline: string, number: number, snapshot: Entries): void {
    if (this.#timeline?.name === timeline) {
      // Added to what is known, not put in its place: a request beside this one may have told of more by now.
      if (this.#doubtedAt !== null && this.#doubtedAt < number) this.#doubtedAt = null;
      this.takeEntries(snapshot);
      this.#sink.completed();
      return;
    }
    if (this.#timeline !== null && number < this.#timeline.toldBy) throw superseded();
    const isFirst = this.#timeline === null;
    this.#timeline = { name: timeline, toldBy: number };
    this.#doubtedAt = null;
    this.freshness.reset();
    this.#sink.beginAnew(snapshot.known, isFirst);
    this.takeEntries({ known: [], unknown: snapshot.unknown });
  }

  /** @internal */
  takeReceipt(receipt: Receipt, cursor: string, times: ReceiptTimes): boolean {
    // All before it is known, whichever request told it: an older cursor brings repeats, and loses nothing.
    this.#cursor = cursor;
    const now = this.#now();
    const asOf = times.asOf(receipt.read_at, now);
    if (asOf === null) return false;
    this.freshness.take(asOf, receipt.ledger_time, now);
    return true;
  }

  #now(): Instant {
    return { monotonic: this.#clock.monotonic(), wall: this.#clock.now() };
  }
}

/** What one request for the log brings, in its order: the opening, entries, receipts. */
export class Reading {
  /** Where the server is asked to go on; `null` asks for everything. */
  readonly resumeFrom: string | null;
  readonly #copy: LogCopy;
  readonly #number: number;
  readonly #times: ReceiptTimes;
  #timeline: string | null = null;
  /** Held aside until its receipt has come: a part of a snapshot says nothing about what it lacks. */
  #snapshot: { known: Revocation[]; unknown: number } | null = null;

  constructor(copy: LogCopy, number: number, resumeFrom: string | null, asked: Instant) {
    this.#copy = copy;
    this.#number = number;
    this.resumeFrom = resumeFrom;
    this.#times = new ReceiptTimes(asked);
  }

  /** @throws IssuerError for a second one, or for a continuation of what was not asked for */
  open({ timeline, complete }: FeedOpening): void {
    if (this.#timeline !== null) throw malformed("it opens twice");
    if (complete) this.#snapshot = { known: [], unknown: 0 };
    else if (this.resumeFrom === null || !this.resumeFrom.startsWith(`${timeline}.`)) {
      throw malformed("it goes on where we have not been");
    }
    this.#timeline = timeline;
  }

  /** @throws IssuerError before the opening, and once another history is followed */
  entries(entries: Entries): void {
    const timeline = this.#opened();
    if (this.#snapshot !== null) {
      for (const entry of entries.known) this.#snapshot.known.push(entry);
      this.#snapshot.unknown += entries.unknown;
      return;
    }
    if (!this.#copy.isFollowing(timeline)) throw superseded();
    this.#copy.takeEntries(entries);
  }

  /**
   * @returns whether it proves how old the copy is; if not, only another request can
   * @throws IssuerError as {@link entries} does
   */
  receipt(receipt: Receipt, cursor: string): boolean {
    const timeline = this.#opened();
    if (this.#snapshot !== null) this.#copy.takeSnapshot(timeline, this.#number, this.#snapshot);
    this.#snapshot = null;
    if (!this.#copy.isFollowing(timeline)) throw superseded();
    return this.#copy.takeReceipt(receipt, cursor, this.#times);
  }

  /** The timeline that the opening named. */
  get timeline(): string {
    return this.#opened();
  }

  #opened(): string {
    if (this.#timeline === null) throw malformed("the first event says whose it is");
    return this.#timeline;
  }
}

function superseded(): IssuerError {
  return new IssuerError("superseded", "A later request told of another history of the ledger.");
}
