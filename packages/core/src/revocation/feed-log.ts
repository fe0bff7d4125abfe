import { REVOCATION_TTL_SECONDS } from "@counterfoil/protocol";
import type { FeedEntry } from "@counterfoil/protocol";
import type { Clock } from "../clock.ts";
import type { RevocationsRead } from "../ledger/log.ts";
import type { CompletedRead } from "./follower.ts";

/** What the log asks of the one who reads the ledger: see `RevocationFollower`. */
export interface LogSource {
  catchUp(): Promise<void>;
  readBehind(cursor: string): Promise<RevocationsRead>;
}

/** The newest completed read of the ledger's log. */
export interface LogReceipt {
  /** Where to go on behind it, on any server: `<timeline>.<cursor>`. */
  readonly place: string;
  /** Milliseconds since the epoch. */
  readonly ledgerTime: number;
  /** Milliseconds on this process's monotonic clock. */
  readonly readAt: number;
}

export interface Taken {
  /** The same for all who take the same, so that what is made of it can be shared; `null` where it is one reader's own. */
  readonly name: string | null;
  /** Entries as JSON, with commas between them: to be joined by commas. */
  readonly chunks: readonly Uint8Array[];
  /** All that it saw has been taken by this reader, with this or before. */
  readonly receipt: LogReceipt | null;
}

/** A place in the log, from which one reader goes on. */
export interface LogReader {
  readonly timeline: string;
  /** Whether it begins with everything that still matters; else where the reader was. */
  readonly complete: boolean;
  /** Whether there is something that it has not taken. */
  readonly hasMore: boolean;
  /**
   * What comes next, up to about `bytes`, and the newest receipt if it has then taken everything. `null`: nothing now.
   * `"over"`: this reader cannot go on, for the ledger has another history or what it was to take next is forgotten.
   */
  take(bytes: number): Taken | "over" | null;
}

/** What is sent at once is whole chunks: one of the longest entries has some 110 KiB (subjects have 255 characters). */
const CHUNK_ENTRIES = 100;
/** Longer than an entry matters to anybody, from when it was read. */
const KEPT_MS = (REVOCATION_TTL_SECONDS + 60) * 1000;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly readAt: number;
}

/**
 * What the one follower of this process has read, encoded once and shared by all who are told: a reader is a position.
 * So nobody's slowness costs memory, and a thousand readers cost what their sockets cost.
 */
export class FeedLog {
  readonly #source: LogSource;
  readonly #clock: Clock;
  #chunks: Chunk[] = [];
  /** How many chunks were forgotten: the first that is there has this position. */
  #forgotten = 0;
  /**
   * By the cursor that reads ended with, the position of the first chunk behind the first of them; by the last of them in
   * order. Only of reads that had nothing behind their cursor: else what is behind it may have been told before it was one.
   */
  readonly #positions = new Map<string, { readonly position: number; readonly readAt: number }>();
  /** Of revoked keys, which matter for ever. */
  readonly #keys = new Map<string, FeedEntry>();
  #timeline: string | null = null;
  #histories = 0;
  #receipt: LogReceipt | null = null;
  #receipts = 0;

  constructor(source: LogSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Takes in a read. It has everything that still matters where its timeline is another than that of the one before. */
  append({ entries, cursor, held, timeline, ledgerTime, readAt }: CompletedRead): void {
    if (timeline !== this.#timeline) this.#begin(timeline);
    this.#forget();
    for (const bytes of encode(entries)) this.#chunks.push({ bytes, readAt });
    for (const entry of entries) if (entry.type === "key-revoked") this.#keys.set(entry.kid, entry);
    // The first position stands: a cursor stays where it is while something can still commit behind it.
    const position = this.#positions.get(cursor)?.position ?? (held ? null : this.#end);
    this.#positions.delete(cursor);
    if (position !== null) this.#positions.set(cursor, { position, readAt });
    this.#receipt = { place: `${timeline}.${cursor}`, ledgerTime, readAt };
    this.#receipts++;
  }

  /**
   * A reader that goes on behind `place`, or has everything where that is none of this history's. What was committed
   * before the call, and each receipt that it takes, is of a read that began after the call.
   *
   * @param place of an earlier receipt, of any server's; anything else is none
   * @throws StoreError if the ledger's log cannot be read
   */
  async open(place: string | null): Promise<LogReader> {
    await this.#source.catchUp();
    const timeline = this.#timeline;
    if (timeline === null) throw new TypeError("the log's follower tells it nothing");
    const cursor = place?.startsWith(`${timeline}.`) === true ? place.slice(timeline.length + 1) : null;
    if (cursor === null)
      return this.#reader({ complete: true, first: encode([...this.#keys.values()]), at: this.#forgotten });
    const known = this.#positions.get(cursor);
    if (known !== undefined) {
      return this.#reader({ complete: false, first: [], at: Math.max(known.position, this.#forgotten) });
    }
    // Another server's, or one that was held. First the position, then the read: what comes in between is told twice.
    const reader = { complete: false, at: this.#end, histories: this.#histories };
    const { entries } = await this.#source.readBehind(cursor);
    return this.#reader({ ...reader, first: encode(entries) });
  }

  /** All that it holds and a reader could still be told, the oldest first. */
  *remembered(): Generator<FeedEntry> {
    yield* this.#keys.values();
    for (const { bytes } of this.#chunks) yield* decode(bytes);
  }

  get #end(): number {
    return this.#forgotten + this.#chunks.length;
  }

  #begin(timeline: string): void {
    this.#timeline = timeline;
    this.#histories++;
    this.#forgotten = this.#end;
    this.#chunks = [];
    this.#positions.clear();
    this.#keys.clear();
  }

  #forget(): void {
    const isDead = ({ readAt }: { readonly readAt: number }) => this.#clock.monotonic() - readAt >= KEPT_MS;
    let dead = 0;
    while (dead < this.#chunks.length && isDead(this.#chunks[dead]!)) dead++;
    if (dead > 0) this.#chunks.splice(0, dead);
    this.#forgotten += dead;
    for (const [cursor, last] of this.#positions) {
      if (!isDead(last)) break;
      this.#positions.delete(cursor);
    }
  }

  /** @param first what this reader alone is told before the log from position `at` on */
  #reader({
    complete,
    first,
    at,
    histories = this.#histories,
  }: {
    readonly complete: boolean;
    readonly first: readonly Uint8Array[];
    readonly at: number;
    readonly histories?: number;
  }): LogReader {
    let own = 0;
    let next = at;
    let receipts = 0;
    const hasMore = () => own < first.length || next < this.#end || receipts < this.#receipts;
    return {
      timeline: this.#timeline ?? "",
      complete,
      get hasMore() {
        return hasMore();
      },
      take: (bytes) => {
        if (histories !== this.#histories || next < this.#forgotten) return "over";
        if (!hasMore()) return null;
        const chunks: Uint8Array[] = [];
        const start = next;
        const shared = own === first.length;
        for (let size = 0; size < bytes && (own < first.length || next < this.#end);) {
          const chunk = own < first.length ? first[own++]! : this.#chunks[next++ - this.#forgotten]!.bytes;
          chunks.push(chunk);
          size += chunk.length;
        }
        const all = own === first.length && next === this.#end;
        if (all) receipts = this.#receipts;
        const name = shared ? `${start}-${next}${all ? `.${receipts}` : ""}` : null;
        return { name, chunks, receipt: all ? this.#receipt : null };
      },
    };
  }
}

function decode(bytes: Uint8Array): FeedEntry[] {
  return JSON.parse(`[${new TextDecoder().decode(bytes)}]`) as FeedEntry[];
}

/** In chunks without their brackets, so that several can be joined without being read again. */
function encode(entries: readonly FeedEntry[]): Uint8Array[] {
  const chunks = [];
  for (let from = 0; from < entries.length; from += CHUNK_ENTRIES) {
    const text = JSON.stringify(entries.slice(from, from + CHUNK_ENTRIES));
    chunks.push(new TextEncoder().encode(text.slice(1, -1)));
  }
  return chunks;
}
