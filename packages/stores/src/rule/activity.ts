import { TOUCH_INTERVAL_MS } from "@counterfoil/core";

/** When the session was last active, if `now` is activity: it never moves back, also when the clock does. */
export function activeAt(lastActiveAt: number, now: number): number {
  return Math.max(lastActiveAt, now);
}

/** Whether activity at `now` is too close to the last to be worth a write. */
export function isRecent(lastActiveAt: number, now: number): boolean {
  return now - lastActiveAt < TOUCH_INTERVAL_MS;
}
