import { Rounds } from "@counterfoil/core";

const INTERVAL_MS = 30_000;

/** After a look that failed: a key that another server has retired must not sign here for as long as its tokens live. */
const RETRY_MS = 5_000;

/** Looks now and then at what other processes and the operator may have changed: secrets and signing keys. */
export class Upkeep implements AsyncDisposable {
  readonly #looks: Rounds;
  readonly #onFault: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param onFault told of each look of its own accord that failed */
  constructor(look: () => Promise<void>, onFault: (error: unknown) => void) {
    this.#looks = new Rounds(look);
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
    return this.#looks.run();
  }

  /** The same, where nobody waits for it. */
  runSoon(): void {
    if (!this.#closed) this.run().catch(this.#onFault);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looks.settled();
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
