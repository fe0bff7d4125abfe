import type { Clock } from "../clock.ts";
import { StoreError } from "../errors.ts";
import type { BelatedEvent, EventType, NewEvent } from "../events.ts";
import type { LogLedger } from "../ledger/log.ts";

const FLUSH_INTERVAL_MS = 200;
/** What one interval writes: at most 500 events a second. */
const BATCH = 100;
const LIMIT = 1_000;
/** Of refusals that belong to no session, so many at once, and then so many a second. */
const ANONYMOUS_BURST = 200;
const ANONYMOUS_PER_SECOND = 10;

/** What anybody can cause. */
const ANONYMOUS: ReadonlySet<EventType> = new Set(["refused", "password_code_refused"]);

export interface EventRecorderParts {
  readonly ledger: LogLedger;
  readonly clock: Pick<Clock, "monotonic">;
  /** Told when events could not be written: once for as long as the ledger is out of reach. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Writes the events that belong to no transition, in batches: a refusal costs its sender a request and the ledger no
 * transaction, so that a flood of forged credentials is no flood of writes. Nor is it a full disk: refusals that belong
 * to no session cost anybody nothing but requests, so of those only ten a second are written for long. What does not
 * fit is counted, and the count is written.
 */
export class EventRecorder implements AsyncDisposable {
  readonly #parts: EventRecorderParts;
  #pending: { readonly event: NewEvent; readonly at: number }[] = [];
  #dropped = 0;
  #anonymousLeft = ANONYMOUS_BURST;
  #anonymousAt: number;
  #writing: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #outOfReach = false;
  #disposed = false;

  constructor(parts: EventRecorderParts) {
    this.#parts = parts;
    this.#anonymousAt = parts.clock.monotonic();
  }

  /** How many are not written yet. */
  get waiting(): number {
    return this.#pending.length;
  }

  record(event: NewEvent): void {
    const anonymous = ANONYMOUS.has(event.body.type) && event.sid === null;
    if (this.#pending.length >= LIMIT || (anonymous && !this.#takeAnonymous())) this.#dropped++;
    else this.#pending.push({ event, at: this.#parts.clock.monotonic() });
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

  #takeAnonymous(): boolean {
    const now = this.#parts.clock.monotonic();
    const refilled = ((now - this.#anonymousAt) / 1000) * ANONYMOUS_PER_SECOND;
    this.#anonymousLeft = Math.min(ANONYMOUS_BURST, this.#anonymousLeft + refilled);
    this.#anonymousAt = now;
    if (this.#anonymousLeft < 1) return false;
    this.#anonymousLeft--;
    return true;
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
    const now = this.#parts.clock.monotonic();
    const batch: BelatedEvent[] = this.#pending
      .slice(0, BATCH)
      .map(({ event, at }) => ({ ...event, agoMs: Math.round(now - at) }));
    const taken = batch.length;
    const body = { type: "events_dropped", count } as const;
    if (count > 0) batch.push({ body, subject: null, sid: null, context: null, agoMs: 0 });
    if (batch.length === 0) return;
    try {
      await this.#parts.ledger.appendEvents(batch);
    } catch (error) {
      if (error instanceof StoreError) {
        if (!this.#outOfReach) this.#parts.onFault(error);
        this.#outOfReach = true;
        throw error;
      }
      // A batch that the ledger will never take would be in the way of all that come after it, for ever.
      this.#pending = this.#pending.slice(taken);
      this.#dropped += taken === 0 ? -count : taken;
      this.#parts.onFault(error);
      return;
    }
    this.#outOfReach = false;
    this.#pending = this.#pending.slice(taken);
    this.#dropped -= count;
  }
}
