import type { NewEvent } from "../events.ts";
import type { LogLedger } from "../ledger/log.ts";

const FLUSH_INTERVAL_MS = 200;
const BATCH = 500;
const LIMIT = 10_000;

/**
 * Writes the events that belong to no transition, in batches: a refusal costs its sender a request and the ledger no
 * transaction, so that a flood of forged credentials is not a flood of writes. What does not fit is counted, and the
 * count is written.
 */
export class EventRecorder implements AsyncDisposable {
  readonly #ledger: LogLedger;
  #pending: NewEvent[] = [];
  #dropped = 0;
  #flushing: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(ledger: LogLedger) {
    this.#ledger = ledger;
  }

  record(event: NewEvent): void {
    if (this.#pending.length >= LIMIT) {
      this.#dropped++;
      return;
    }
    this.#pending.push(event);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.flush().catch(() => undefined);
    }, FLUSH_INTERVAL_MS);
  }

  /**
   * Writes what is pending; what could not be written stays for the next time.
   *
   * @throws StoreError if the ledger is out of reach
   */
  async flush(): Promise<void> {
    while (this.#flushing !== null) await this.#flushing.catch(() => undefined);
    if (this.#pending.length === 0 && this.#dropped === 0) return;
    this.#flushing = this.#write().finally(() => {
      this.#flushing = null;
    });
    await this.#flushing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.flush().catch(() => undefined);
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.slice(0, BATCH);
      await this.#ledger.appendEvents(batch);
      this.#pending = this.#pending.slice(batch.length);
    }
    const count = this.#dropped;
    if (count > 0) {
      await this.#ledger.appendEvents([
        { body: { type: "events_dropped", count }, subject: null, sid: null, context: null },
      ]);
      this.#dropped -= count;
    }
  }
}
