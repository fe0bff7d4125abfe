import type { NewEvent } from "../events.ts";
import type { LogLedger } from "../ledger/log.ts";

const FLUSH_INTERVAL_MS = 200;
/** What one interval writes: at most 500 events a second, whatever is thrown at the server. */
const BATCH = 100;
const LIMIT = 1_000;

/**
 * Writes the events that belong to no transition, in batches: a refusal costs its sender a request and the ledger no
 * transaction, so that a flood of forged credentials is neither a flood of writes nor a full disk. What does not fit
 * is counted, and the count is written.
 */
export class EventRecorder implements AsyncDisposable {
  readonly #ledger: LogLedger;
  #pending: NewEvent[] = [];
  #dropped = 0;
  #writing: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #disposed = false;

  constructor(ledger: LogLedger) {
    this.#ledger = ledger;
  }

  record(event: NewEvent): void {
    if (this.#pending.length >= LIMIT) {
      this.#dropped++;
      return;
    }
    this.#pending.push(event);
    this.#schedule();
  }

  /**
   * Writes all that is pending; what could not be written stays for the next time.
   *
   * @throws StoreError if the ledger is out of reach
   */
  async flush(): Promise<void> {
    while (this.#pending.length > 0 || this.#dropped > 0) await this.#writeBatch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Else the write that is running, if it fails, would set the timer again, and keep the process alive for ever.
    this.#disposed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.flush().catch(() => undefined);
  }

  #schedule(): void {
    if (this.#disposed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#writeBatch()
        .catch(() => undefined)
        .finally(() => {
          if (this.#pending.length > 0 || this.#dropped > 0) this.#schedule();
        });
    }, FLUSH_INTERVAL_MS);
  }

  /** One writer at a time: whoever comes while one writes waits for it, and then sees what is left. */
  #writeBatch(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const count = this.#dropped;
    const batch = this.#pending.slice(0, BATCH);
    const taken = batch.length;
    if (count > 0) batch.push({ body: { type: "events_dropped", count }, subject: null, sid: null, context: null });
    if (batch.length === 0) return;
    await this.#ledger.appendEvents(batch);
    this.#pending = this.#pending.slice(taken);
    this.#dropped -= count;
  }
}
