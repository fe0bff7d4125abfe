/** Time, as a parameter: nothing else in the verifier asks what time it is, or waits. All in milliseconds. */
export interface VerifierClock {
  /** Since the epoch; may be wrong, and may step. */
  now(): number;
  /** From any start; never steps. */
  monotonic(): number;
  /**
   * Calls `action` once, `milliseconds` from now at the earliest. It keeps no process alive.
   *
   * @returns calls it off
   */
  after(milliseconds: number, action: () => void): () => void;
}

export const systemClock: VerifierClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(milliseconds, action) {
    // Platforms cut off the fraction, and would call too early.
    const timer = setTimeout(action, Math.ceil(milliseconds) + 1);
    // Node's timers keep a process alive; the web's are numbers and do not.
    const handle: unknown = timer;
    if (typeof handle === "object" && handle !== null && "unref" in handle) (handle as { unref(): void }).unref();
    return () => clearTimeout(timer);
  },
};

/** The longest that a timer takes. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Keeps the process from ending while somebody waits for what a timer of ours will bring: a script that awaits would
 * end in the middle of its pause, with nothing said.
 *
 * @returns lets it end
 */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, MAX_DELAY_MS);
  return () => clearInterval(timer);
}
