/** Time, as a parameter: nothing else in the domain asks what time it is. */
export interface Clock {
  /** Milliseconds since the epoch; may step. */
  now(): number;
  /** Milliseconds from an arbitrary start; never steps, so durations are measured with it. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** An instant as ISO 8601 in UTC, for people. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
