import type { Clock, FeedLog, LogReader, Ledger, Taken, VerifierId } from "@counterfoil/core";
import type { FeedEnd, FeedOpening } from "@counterfoil/protocol";
import { joined, openingOf, receiptOf } from "./feed-json.ts";

export interface FeedStreamsParts {
  readonly log: FeedLog;
  readonly ledger: Pick<Ledger, "listVerifiers">;
  readonly clock: Clock;
  readonly issuer: string;
  /** Ends those that are open, and each that is asked for from then on. */
  readonly ending: AbortSignal;
  /** Hears of each write to all that wait for something. */
  readonly onWritten?: () => void;
}

/** How one verifier's streams stand. */
export interface Following {
  readonly streams: number;
  /** How old the newest receipt is that all of them were sent; infinite before the first. */
  readonly receiptAgeMs: number;
  /** How long ago one of them has taken something. */
  readonly takenAgoMs: number;
}

export interface FeedStreamWish {
  readonly verifier: VerifierId;
  /** Where the reader was, in the words of the receipt that it had last. */
  readonly place: string | null;
  /** Cuts the connection off: for a reader that takes nothing more, not even the news that it is dropped. */
  readonly reset: (() => void) | undefined;
}

/** How many readers a process has room for. */
export const FEED_READERS = 2000;
/** About how much goes out at once. */
const WRITE_BYTES = 64 * 1024;
/** Between two writes to all readers, at the least: revocations that come closer together go as one. */
const REST_MS = 25;
/** The same where there is nothing but a receipt to send. */
const RECEIPT_REST_MS = 150;
/** A write to one takes some 30 µs: so all take a quarter of a core at the most, however many are there and whatever is revoked. */
const REST_OF_EACH_MS = 0.125;
const LOOK_MS = 1000;
/** How long a reader may leave what it was sent while there is more, and then the news that it is dropped. */
const SLOW_MS = 10_000;
const DEAF_MS = 5_000;

interface Stream {
  readonly verifier: VerifierId;
  readonly reader: LogReader;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly reset: (() => void) | undefined;
  /** Its reader has taken all that it was sent. */
  waiting: boolean;
  /** When it was last sent something, or told that it is over. */
  sentAt: number;
  takenAt: number;
  /** When the read began that it has had a receipt of last. */
  receiptAt: number;
  over: boolean;
}

/**
 * The streams of the revocation feed. A reader is asked for nothing and given what it takes: it is woken when there is
 * something new and it has taken the rest, and what several take at once is made once. One timer looks after all.
 */
export class FeedStreams implements AsyncDisposable {
  readonly #parts: FeedStreamsParts;
  readonly #streams = new Set<Stream>();
  /** Asked for, and being opened. */
  #opening = 0;
  #looking: ReturnType<typeof setInterval> | null = null;
  #asking: Promise<void> | null = null;
  #resting: ReturnType<typeof setTimeout> | null = null;
  /** When there is to be a write, and when the last one was. */
  #dueAt = Number.POSITIVE_INFINITY;
  #wroteAt = Number.NEGATIVE_INFINITY;
  /** What was made last, by its name. */
  #made = new Map<string, Uint8Array>();

  constructor(parts: FeedStreamsParts) {
    this.#parts = parts;
    parts.ending.addEventListener("abort", () => {
      for (const stream of this.#streams) this.#end(stream, { reason: "stopping" });
    });
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Of each verifier that has a stream open here. */
  following(): ReadonlyMap<VerifierId, Following> {
    const now = this.#parts.clock.monotonic();
    const following = new Map<VerifierId, Following>();
    for (const { verifier, receiptAt, takenAt, over } of this.#streams) {
      if (over) continue;
      const known = following.get(verifier);
      following.set(verifier, {
        streams: (known?.streams ?? 0) + 1,
        receiptAgeMs: Math.max(known?.receiptAgeMs ?? 0, now - receiptAt),
        takenAgoMs: Math.min(known?.takenAgoMs ?? Number.POSITIVE_INFINITY, now - takenAt),
      });
    }
    return following;
  }

  /**
   * A stream's body; `"full"` where as many are open as there is room for.
   *
   * @throws StoreError if the ledger's log cannot be read
   */
  async open({ verifier, place, reset }: FeedStreamWish): Promise<ReadableStream<Uint8Array> | "full"> {
    if (this.#streams.size + this.#opening >= FEED_READERS) return "full";
    this.#opening++;
    try {
      const reader = await this.#parts.log.open(place);
      return this.#stream(reader, verifier, reset);
    } finally {
      this.#opening--;
    }
  }

  /** To be told of each completed read, and whether it brought something beside its receipt. */
  wake(hasEntries: boolean): void {
    if (this.#streams.size === 0) return;
    const now = this.#parts.clock.monotonic();
    const least = hasEntries ? REST_MS : RECEIPT_REST_MS;
    const dueAt = this.#wroteAt + Math.max(least, this.#streams.size * REST_OF_EACH_MS);
    if (dueAt >= this.#dueAt) return;
    if (this.#resting !== null) clearTimeout(this.#resting);
    if (dueAt <= now) {
      this.#write(now);
      return;
    }
    this.#dueAt = dueAt;
    this.#resting = setTimeout(() => this.#write(this.#parts.clock.monotonic()), dueAt - now);
    this.#resting.unref();
  }

  #write(now: number): void {
    this.#resting = null;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#wroteAt = now;
    this.#made.clear();
    for (const stream of this.#streams) if (stream.waiting) this.#send(stream);
    this.#parts.onWritten?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams) this.#end(stream, { reason: "stopping" });
    if (this.#looking !== null) clearInterval(this.#looking);
    if (this.#resting !== null) clearTimeout(this.#resting);
    await this.#asking;
  }

  #stream(reader: LogReader, verifier: VerifierId, reset: Stream["reset"]): ReadableStream<Uint8Array> {
    let stream: Stream;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const sentAt = this.#parts.clock.monotonic();
          const times = { sentAt, takenAt: sentAt, receiptAt: Number.NEGATIVE_INFINITY };
          stream = { verifier, reader, controller, reset, waiting: false, ...times, over: false };
          this.#streams.add(stream);
          const opening: FeedOpening = openingOf(this.#parts.issuer, reader);
          controller.enqueue(encode(`event: feed\ndata: ${JSON.stringify(opening)}\n\n`));
          if (this.#parts.ending.aborted) this.#end(stream, { reason: "stopping" });
          this.#looking ??= this.#look();
        },
        pull: () => {
          stream.waiting = true;
          stream.takenAt = this.#parts.clock.monotonic();
          this.#send(stream);
        },
        cancel: () => this.#forget(stream),
      },
      { highWaterMark: 0 },
    );
  }

  #send(stream: Stream): void {
    const taken = stream.reader.take(WRITE_BYTES);
    if (taken === null) return;
    if (taken === "over") {
      // It comes back with its place, and is given everything that matters now.
      this.#close(stream);
      return;
    }
    stream.waiting = false;
    stream.sentAt = this.#parts.clock.monotonic();
    stream.receiptAt = taken.receipt?.readAt ?? stream.receiptAt;
    stream.controller.enqueue(this.#make(taken));
  }

  #make(taken: Taken): Uint8Array {
    const { name } = taken;
    const made = (name !== null && this.#made.get(name)) || toEvents(taken);
    if (name !== null) this.#made.set(name, made);
    return made;
  }

  /** Says why it is over, and hangs up. */
  #end(stream: Stream, end: FeedEnd): void {
    if (stream.over) return;
    stream.controller.enqueue(encode(`event: end\ndata: ${JSON.stringify(end)}\n\n`));
    this.#close(stream);
  }

  #close(stream: Stream): void {
    stream.over = true;
    stream.sentAt = this.#parts.clock.monotonic();
    stream.controller.close();
    // One that has not taken what went before is looked after until it has.
    if (stream.waiting) this.#forget(stream);
  }

  #forget(stream: Stream): void {
    stream.over = true;
    this.#streams.delete(stream);
    if (this.#streams.size > 0 || this.#looking === null) return;
    this.#made.clear();
    clearInterval(this.#looking);
    this.#looking = null;
  }

  #look(): ReturnType<typeof setInterval> {
    const timer = setInterval(() => {
      const now = this.#parts.clock.monotonic();
      // Nothing is written while the ledger is out of reach, and readers go on taking what there was.
      this.#made.clear();
      for (const stream of this.#streams) this.#lookAt(stream, now);
      this.#asking ??= this.#cutRemoved().finally(() => (this.#asking = null));
    }, LOOK_MS);
    return timer.unref();
  }

  #lookAt(stream: Stream, now: number): void {
    const { over, waiting, reader, controller, sentAt } = stream;
    if (!over) {
      if (!waiting && reader.hasMore && now - sentAt >= SLOW_MS) this.#end(stream, { reason: "slow" });
      return;
    }
    // Negative while something of it is in the queue.
    if ((controller.desiredSize ?? 0) >= 0) this.#forget(stream);
    else if (now - sentAt >= DEAF_MS) {
      this.#forget(stream);
      if (stream.reset === undefined) controller.error(new Error("The reader takes nothing."));
      else stream.reset();
    }
  }

  /** A look at all registrations for all streams, whoever's they are. A fault of the ledger's cuts nobody off. */
  async #cutRemoved(): Promise<void> {
    let verifiers;
    try {
      verifiers = await this.#parts.ledger.listVerifiers();
    } catch {
      return;
    }
    const registered = new Set(verifiers.map(({ id }) => id));
    for (const stream of this.#streams) {
      if (!registered.has(stream.verifier)) this.#end(stream, { reason: "removed" });
    }
  }
}

function toEvents({ chunks, receipt }: Taken): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [index, chunk] of chunks.entries()) parts.push(index === 0 ? ENTRIES : COMMA, chunk);
  if (chunks.length > 0) parts.push(END_OF_ENTRIES);
  if (receipt !== null) {
    parts.push(encode(`id: ${receipt.place}\nevent: receipt\ndata: ${JSON.stringify(receiptOf(receipt))}\n\n`));
  }
  return joined(parts);
}

const encode = (text: string) => new TextEncoder().encode(text);
const ENTRIES = encode("event: revocations\ndata: [");
const COMMA = encode(",");
const END_OF_ENTRIES = encode("]\n\n");
