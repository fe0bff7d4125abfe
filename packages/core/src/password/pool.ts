/**
 * Bounds how much password hashing goes on at once and how much waits. Without it a flood of sign-ins takes every
 * core and all memory from the requests that need no password (ASVS V15.1.3); with it they are told to come back.
 */
export class HashPool {
  readonly #concurrency: number;
  readonly #queueLimit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor({ concurrency, queueLimit }: { concurrency: number; queueLimit: number }) {
    this.#concurrency = concurrency;
    this.#queueLimit = queueLimit;
  }

  /** Whether the next one would be sent away. */
  get full(): boolean {
    return this.#running >= this.#concurrency && this.#waiting.length >= this.#queueLimit;
  }

  /** What `work` gives, or `"overloaded"` at once where the queue is full. */
  async run<T>(work: () => Promise<T>): Promise<T | "overloaded"> {
    if (this.#running >= this.#concurrency) {
      if (this.#waiting.length >= this.#queueLimit) return "overloaded";
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      // The place passes to the next in line without being given up between: else a newcomer could slip in.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
