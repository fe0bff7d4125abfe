import { retryAfterSeconds, takeFrom } from "@counterfoil/core";
import type { AttemptsTaken, TakeAttempt, TakeAttempts } from "@counterfoil/core";

/** By key, when a bucket is full again, and until when something is known: milliseconds since the epoch. */
export type FullAt = ReadonlyMap<string, number>;

export interface Decided {
  readonly answer: AttemptsTaken;
  /** What is to be kept. Where the answer is `limited`, only what a clock that was set back had left too far ahead. */
  readonly changes: FullAt;
}

/** The buckets that count: all of them, but those that are left out for what is known. */
export function counting({ buckets, unlessKnown }: TakeAttempts, fullAt: FullAt, now: number): readonly TakeAttempt[] {
  if (unlessKnown === undefined || (fullAt.get(unlessKnown.key) ?? now) > now) return buckets;
  return [...buckets, ...unlessKnown.buckets];
}

/** One attempt of each, or none. */
export function decideAttempts(buckets: readonly TakeAttempt[], fullAt: FullAt, now: number): Decided {
  const taken = new Map<string, number>();
  const setBack = new Map<string, number>();
  let longest: { readonly key: string; readonly ms: number } | null = null;
  for (const bucket of buckets) {
    const { key } = bucket;
    const before = fullAt.get(key) ?? now;
    const from = takeFrom(bucket, before, now);
    if (from.fits) taken.set(key, from.fullAt);
    else {
      if (from.fullAt < before) setBack.set(key, from.fullAt);
      if (longest === null || from.retryAfterMs > longest.ms) longest = { key, ms: from.retryAfterMs };
    }
  }
  if (longest === null) return { answer: { outcome: "taken", buckets }, changes: taken };
  const { key, ms } = longest;
  return { answer: { outcome: "limited", key, retryAfterSeconds: retryAfterSeconds(ms) }, changes: setBack };
}
