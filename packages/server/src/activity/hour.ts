export const MINUTE_MS = 60_000;
const MINUTES = 60;

/** When each minute of the last hour began, the oldest first; the last is the one that is not over. */
export function hourOf(now: number): readonly number[] {
  const last = now - (now % MINUTE_MS);
  return Array.from({ length: MINUTES }, (_, index) => last - (MINUTES - 1 - index) * MINUTE_MS);
}
