import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Random } from "@counterfoil/core";
import { asStoreError, isBusy } from "./failure.ts";

/** How long an operation waits for another process's lock, in all. */
const PATIENCE_MS = 2000;
const LONGEST_PAUSE_MS = 50;

/**
 * Tries again while another process holds a lock, in pauses that leave the event loop free: SQLite's own busy timeout
 * sleeps in the one thread, and everybody waits. The pauses are uneven, so that two processes do not meet each time.
 *
 * @param since when the wait began, by the clock's monotonic half: for one that has queued behind others that waited
 *   for the same lock, long ago, so that a lock which stays does not cost each of them two seconds, one after another
 * @throws StoreError
 */
export async function patiently<T>(
  clock: Clock,
  random: Random,
  since: number,
  task: () => T | Promise<T>,
): Promise<T> {
  let paused = 0;
  for (let longest = 2; ; longest = Math.min(longest * 2, LONGEST_PAUSE_MS)) {
    try {
      return await task();
    } catch (error) {
      // By both: a process that was asleep has waited too, and a clock that a test holds still must not wait for ever.
      const waited = Math.max(paused, clock.monotonic() - since);
      if (!isBusy(error) || waited >= PATIENCE_MS) throw asStoreError(error);
    }
    const pause = 1 + (longest * (random.bytes(1)[0] ?? 0)) / 256;
    await sleep(pause);
    paused += pause;
  }
}
