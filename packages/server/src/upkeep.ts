const INTERVAL_MS = 30_000;

/** After a look that failed: a key that another server has retired must not sign here for as long as its tokens live. */
const RETRY_MS = 5_000;

/** Looks now and then at what other processes and the operator may have changed: secrets and signing keys. */
export class Upkeep implements AsyncDisposable {
  readonly #look: () => Promise<void>;
  readonly #onFault: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #closed = false;

  /** @param onFault told of each look of its own accord that failed */
  constructor(look: () => Promise<void>, onFault: (error: unknown) => void) {
    this.#look = look;
    this.#onFault = onFault;
  }

  start(): void {
    this.#schedule(INTERVAL_MS);
  }

  /**
   * Resolves when a look that began after this call has ended. All who ask while one goes on share the next.
   *
   * @throws StoreError if the ledger is out of reach
   */
  run(): Promise<void> {
    if (this.#next !== null) return this.#next;
    if (this.#looking === null) return this.#begin();
    this.#next = this.#looking
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.#begin();
      });
    return this.#next;
  }

  /** The same, where nobody waits for it. */
  runSoon(): void {
    if (!this.#closed) this.run().catch(this.#onFault);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.allSettled([this.#looking, this.#next]);
  }

  #begin(): Promise<void> {
    this.#looking = this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  #schedule(milliseconds: number): void {
    this.#timer = setTimeout(() => void this.#tick(), milliseconds).unref();
  }

  async #tick(): Promise<void> {
    let wait = INTERVAL_MS;
    try {
      await this.run();
    } catch (error) {
      wait = RETRY_MS;
      this.#onFault(error);
    }
    if (!this.#closed) this.#schedule(wait);
  }
}
