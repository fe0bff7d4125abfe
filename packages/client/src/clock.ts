/** Two clocks, since neither tells everything: the steady one stands still while a machine sleeps, the other can be set. */
export interface Instant {
  readonly steadyMs: number;
  readonly wallMs: number;
}

/** Longer ago than anything. */
export const NEVER: Instant = { steadyMs: -Infinity, wallMs: -Infinity };

export function now(): Instant {
  return { steadyMs: performance.now(), wallMs: Date.now() };
}

/** The same instant, as another tab's clocks told it: only the wall's is shared. */
export function instantAt(wallMs: number): Instant {
  const { steadyMs, wallMs: wallNow } = now();
  return { steadyMs: steadyMs - Math.max(0, wallNow - wallMs), wallMs };
}

/**
 * Milliseconds from one instant to another, by whichever clock says more. No clock's time of day counts, only how far it
 * went; a step forward costs a refresh too many, and a step back nothing.
 */
export function between(since: Instant, at: Instant): number {
  return Math.max(at.steadyMs - since.steadyMs, at.wallMs - since.wallMs);
}

export function elapsedMs(since: Instant): number {
  return between(since, now());
}
