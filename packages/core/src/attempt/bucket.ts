/** So many attempts at once; of those that were taken one comes back at a time. */
export interface Bucket {
  readonly burst: number;
  readonly refillSeconds: number;
}

export type FromBucket =
  | { readonly fits: true; readonly fullAt: number }
  | { readonly fits: false; readonly fullAt: number; readonly retryAfterMs: number };

/**
 * Takes one attempt, if there is one (GCRA): what is kept of a bucket is only when it is full again.
 *
 * @param fullAt in milliseconds, on the clock of `now`; anything before `now` is a full bucket
 * @returns `fullAt` to keep. Where nothing fits it is another than before only if the clock was set back.
 */
export function takeFrom(bucket: Bucket, fullAt: number, now: number): FromBucket {
  const refill = refillMs(bucket);
  const span = refill * bucket.burst;
  // Emptier than empty is a clock that was set back, or a bucket that was larger: nobody waits for longer than a refill.
  const held = Math.min(Math.max(fullAt, now), now + span);
  if (held + refill <= now + span) return { fits: true, fullAt: held + refill };
  return { fits: false, fullAt: held, retryAfterMs: held + refill - span - now };
}

/** The time in which one attempt comes back, in milliseconds. */
export function refillMs({ refillSeconds }: Bucket): number {
  return Math.max(1, Math.round(refillSeconds * 1000));
}

/** What `Retry-After` says (RFC 9110 §10.2.3): whole seconds, and not one too early. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}
