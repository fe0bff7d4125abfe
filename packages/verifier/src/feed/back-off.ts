import type { Random } from "../random.ts";

const FIRST_MS = 100;
const LONGEST_MS = 2000;

/**
 * How long to pause after each failure in a row: 100 ms, then twice as long each time, 2 s at the most; half of it by
 * chance, so that a fleet whose server failed does not come back as one.
 */
export class BackOff {
  readonly #random: Random;
  #failures = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The pause after one more failure, milliseconds. */
  next(): number {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 10));
    return longest * (0.5 + 0.5 * this.#random());
  }

  reset(): void {
    this.#failures = 0;
  }
}
