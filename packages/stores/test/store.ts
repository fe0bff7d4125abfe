import type { Clock, Ledger } from "@counterfoil/core";

/** A clock that a test moves. It starts at a fixed moment, so that a failure repeats. */
export class TestClock implements Clock {
  #now = 1_800_000_000_000;

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return performance.now();
  }

  /** Forward, or with a negative number back. */
  step(milliseconds: number): void {
    this.#now += milliseconds;
  }

  stepSeconds(seconds: number): void {
    this.step(seconds * 1000);
  }
}

/** A new, open, empty ledger as a test uses it. */
export interface TestStore extends AsyncDisposable {
  readonly clock: TestClock;
  readonly ledger: Ledger;
  /** The same ledger, opened a second time where a store can be: what two servers would do. */
  readonly other: Ledger;
}

export type MakeStore = () => Promise<TestStore>;
