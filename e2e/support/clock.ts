import type { Clock } from "@counterfoil/core";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A clock that moves when it is told to. */
export class HeldClock implements Clock {
  #now: number;

  /** @param start in milliseconds since the epoch */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

/** A clock that runs by itself, so many times as fast as the machine's. */
export class QuickClock extends HeldClock {
  readonly #factor: number;
  readonly #begin = performance.now();

  constructor(factor: number) {
    super();
    this.#factor = factor;
  }

  override now(): number {
    return Math.floor(super.now() + (performance.now() - this.#begin) * this.#factor);
  }

  override monotonic(): number {
    return this.now();
  }
}
