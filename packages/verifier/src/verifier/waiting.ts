import { keepAlive } from "../clock.ts";

/** Those who wait until everything is known. */
export class Waiting {
  readonly #ends = new Set<(error: Error | null) => void>();

  get isEmpty(): boolean {
    return this.#ends.size === 0;
  }

  /**
   * Resolves, or rejects, with the next {@link end}.
   *
   * @param explain gives the error for a signal that is aborted
   * @throws (as a rejection) what was explained
   */
  async wait(signal: AbortSignal | undefined, explain: () => Error): Promise<void> {
    if (signal?.aborted === true) throw explain();
    const release = keepAlive();
    let forget = release;
    try {
      await new Promise<void>((resolve, reject) => {
        const end = (error: Error | null) => (error === null ? resolve() : reject(error));
        const abort = () => reject(explain());
        this.#ends.add(end);
        signal?.addEventListener("abort", abort);
        forget = () => {
          this.#ends.delete(end);
          signal?.removeEventListener("abort", abort);
        };
      });
    } finally {
      forget();
      release();
    }
  }

  /** @param error why nobody needs to wait any longer; `null` if everything is known */
  end(error: Error | null): void {
    for (const end of this.#ends) end(error);
  }
}
