import { between, now } from "../clock.ts";
import type { Instant } from "../clock.ts";

/** Time, as a parameter of a bearer client: it waits by no other. Milliseconds. */
export interface Clock {
  now(): Instant;
  /**
   * Calls `action` once, in `milliseconds`.
   *
   * @returns calls it off
   */
  after(milliseconds: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now,
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Begins to measure. What it returns gives the milliseconds since, by whichever of the two clocks says more. */
export function stopwatch(clock: Pick<Clock, "now">): () => number {
  const since = clock.now();
  return () => between(since, clock.now());
}
