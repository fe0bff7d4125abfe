/** A number from 0 to 1, for jitter alone: nothing secret is made of it. */
export function random(): number {
  return Math.random();
}
