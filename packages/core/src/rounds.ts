/** One piece of work that is done again and again, never twice at once, and that all who ask for it share. */
export class Rounds {
  readonly #work: () => Promise<void>;
  #current: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  get isRunning(): boolean {
    return this.#current !== null;
  }

  /**
   * Resolves when a round that began after this call has ended: what was done before the call is known then. All who ask
   * while one runs share the next.
   *
   * @throws what the work throws
   */
  run(): Promise<void> {
    if (this.#next !== null) return this.#next;
    if (this.#current === null) return this.#begin();
    this.#next = this.#current
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.#begin();
      });
    return this.#next;
  }

  /** Resolves once nothing runs of what was asked for, however it ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#current, this.#next]);
  }

  #begin(): Promise<void> {
    this.#current = this.#work().finally(() => {
      this.#current = null;
    });
    return this.#current;
  }
}
