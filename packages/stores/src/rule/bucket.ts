import type { TakeAttempt } from "@counterfoil/core";

/** The time for one attempt to come back, and for all of them, in milliseconds. */
export function bucketSpan({ burst, refillSeconds }: TakeAttempt): { refill: number; span: number } {
  const refill = Math.max(1, Math.round(refillSeconds * 1000));
  return { refill, span: refill * burst };
}

/** How long until one attempt fits into a bucket that is full again at `fullAt`. */
export function retryAfterSeconds(fullAt: number, bucket: TakeAttempt, now: number): number {
  const { refill, span } = bucketSpan(bucket);
  return Math.max(1, Math.ceil((fullAt + refill - span - now) / 1000));
}
