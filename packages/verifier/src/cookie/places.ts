/** So many at once, so many waiting; whoever comes beyond is sent away. */
export class Places {
  readonly #limit: number;
  readonly #queueLimit: number;
  readonly #queue: (() => void)[] = [];
  #taken = 0;

  constructor(limit: number, queueLimit: number) {
    this.#limit = limit;
    this.#queueLimit = queueLimit;
  }

  /** Whether one would be had without waiting. */
  get free(): boolean {
    return this.#taken < this.#limit;
  }

  /** @returns null where there is neither a place nor one to wait in */
  async run<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#taken >= this.#limit) {
      if (this.#queue.length >= this.#queueLimit) return null;
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else {
      this.#taken++;
    }
    try {
      return await work();
    } finally {
      // The place goes from hand to hand: nobody who comes just now is before who waits.
      const next = this.#queue.shift();
      if (next === undefined) this.#taken--;
      else next();
    }
  }
}
