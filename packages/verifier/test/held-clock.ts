import type { VerifierClock } from "../src/index.ts";
import { MINTED_AT } from "./mint.ts";

/** A clock, with its timers, that stands still until it is told to go on. */
export class HeldClock implements VerifierClock {
  #wall: number;
  #monotonic = 5000;
  #timers: { readonly at: number; readonly action: () => void }[] = [];

  constructor(wallMs = (MINTED_AT + 1) * 1000) {
    this.#wall = wallMs;
  }

  now = (): number => this.#wall;
  monotonic = (): number => this.#monotonic;

  after(milliseconds: number, action: () => void): () => void {
    const timer = { at: this.#monotonic + milliseconds, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Lets time pass, and calls what was due by then, in its order. */
  advance(milliseconds: number): void {
    const until = this.#monotonic + milliseconds;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      this.#pass((next?.at ?? until) - this.#monotonic);
      if (next === undefined) return;
      this.#timers = this.#timers.filter((each) => each !== next);
      next.action();
    }
  }

  /** The process was paused: time went on, and no timer was called. */
  pause(milliseconds: number): void {
    this.#pass(milliseconds);
  }

  /** The machine slept, or its clock was set: the monotonic clock stood still. */
  step(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  #pass(milliseconds: number): void {
    this.#wall += milliseconds;
    this.#monotonic += milliseconds;
  }
}
