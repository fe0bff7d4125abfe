import { Turns } from "./turns.ts";

/**
 * Places for checks of a password, each held from the check's first write to its last, and a queue for those who find
 * none. A check takes an attempt in the ledger before the password is looked at: without a bound a flood of sign-ins
 * fills the one queue of writes, and takes every core from the requests that need no password (ASVS V15.1.3). Whoever
 * finds the queue full is told to come back, before an attempt of his is taken.
 */
export class Places {
  readonly #turns: Turns;
  readonly #queueLimit: number;

  constructor({ concurrency, queueLimit }: { concurrency: number; queueLimit: number }) {
    this.#turns = new Turns(concurrency);
    this.#queueLimit = queueLimit;
  }

  get running(): number {
    return this.#turns.running;
  }

  get waiting(): number {
    return this.#turns.waiting;
  }

  /** Whether the next one would be sent away. */
  get full(): boolean {
    return this.#turns.busy && this.#turns.waiting >= this.#queueLimit;
  }

  /** What `check` gives, or `overloaded` at once where the queue is full. */
  async run<T>(check: () => Promise<T>): Promise<T | { readonly outcome: "overloaded" }> {
    return this.full ? { outcome: "overloaded" } : this.#turns.run(check);
  }
}
