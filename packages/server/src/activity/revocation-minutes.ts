import type { CompletedRead } from "@counterfoil/core";
import type { FeedEntry } from "@counterfoil/protocol";
import { MINUTE_MS, hourOf } from "./hour.ts";

export interface RevocationMinute {
  /** When it began, milliseconds since the epoch. */
  readonly minute: number;
  readonly count: number;
  /** `null` where there were none. */
  readonly meanMs: number | null;
  readonly maxMs: number | null;
}

interface Bucket {
  readonly minute: number;
  count: number;
  sumMs: number;
  maxMs: number;
}

/** What has been told already: a log that may still get something behind its end tells its last entries again. */
const MOST_REMEMBERED = 10_000;

/**
 * How long revocations take from the ledger to the readers of this process's feed: from when one was decided, by the
 * ledger's clock, to when it was handed to all readers that take what they are sent; where there is none, to when this
 * process itself refuses what was revoked. In memory, of this process, of the last hour.
 */
export class RevocationMinutes {
  readonly #now: () => number;
  /** What has happened before is no measure of this process. */
  readonly since: number;
  #buckets: Bucket[] = [];
  #waiting: number[] = [];
  readonly #told = new Set<string>();
  #timeline: string | null = null;

  /** @param now the ledger's time, milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.since = now();
  }

  /** The process has read this, and refuses what it says. */
  read({ entries, timeline }: Pick<CompletedRead, "entries" | "timeline">): void {
    // Of another history everything is told again, whenever it was.
    const again = this.#timeline !== null && this.#timeline !== timeline;
    this.#timeline = timeline;
    for (const entry of entries) {
      const decidedAt = entry.event_timestamp === undefined ? null : entry.event_timestamp * 1000;
      if (again || decidedAt === null || decidedAt < this.since || !this.#isNew(entry)) continue;
      this.#waiting.push(decidedAt);
    }
  }

  /** What was read before has been handed to the readers. */
  handed(): void {
    const now = this.#now();
    for (const decidedAt of this.#waiting) this.#measured(now, Math.max(0, now - decidedAt));
    this.#waiting = [];
  }

  minutes(): readonly RevocationMinute[] {
    return hourOf(this.#now()).map((minute) => {
      const bucket = this.#buckets.find((one) => one.minute === minute);
      if (bucket === undefined) return { minute, count: 0, meanMs: null, maxMs: null };
      const { count, sumMs, maxMs } = bucket;
      return { minute, count, meanMs: sumMs / count, maxMs };
    });
  }

  #isNew(entry: FeedEntry): boolean {
    const text = JSON.stringify(entry);
    if (this.#told.has(text)) return false;
    if (this.#told.size >= MOST_REMEMBERED) this.#told.clear();
    this.#told.add(text);
    return true;
  }

  #measured(now: number, milliseconds: number): void {
    const minute = now - (now % MINUTE_MS);
    let bucket = this.#buckets.at(-1);
    if (bucket?.minute !== minute) {
      bucket = { minute, count: 0, sumMs: 0, maxMs: 0 };
      this.#buckets = [...this.#buckets.slice(1 - hourOf(now).length), bucket];
    }
    bucket.count++;
    bucket.sumMs += milliseconds;
    bucket.maxMs = Math.max(bucket.maxMs, milliseconds);
  }
}
