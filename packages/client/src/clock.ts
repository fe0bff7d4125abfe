/** Time, as a parameter: nothing else in the client asks what time it is, or waits. All in milliseconds. */
export interface Clock {
  /** From any start; never steps, and may stand still while the machine sleeps. */
  monotonicMs(): number;
  /** Since the epoch; may be wrong, and may step. */
  wallMs(): number;
  /**
   * Calls `action` once, in `milliseconds`.
   *
   * @returns calls it off
   */
  after(milliseconds: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * Begins to measure.
 *
 * @returns the milliseconds since: by the clock that has moved further, since one stands still while the machine sleeps
 * and the other may be set back
 */
export function stopwatch(clock: Pick<Clock, "monotonicMs" | "wallMs">): () => number {
  const [monotonic, wall] = [clock.monotonicMs(), clock.wallMs()];
  return () => Math.max(clock.monotonicMs() - monotonic, clock.wallMs() - wall);
}
