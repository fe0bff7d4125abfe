import type { Clock } from "../clock.ts";
import { StoreError } from "../errors.ts";
import type { SessionLedger } from "../ledger/sessions.ts";
import type { Sid } from "./session.ts";

const INTERVAL_MS = 1000;
const BATCH = 500;
/** While the ledger is out of reach. What comes beyond is noted again a minute later, with the session's next request. */
const LIMIT = 20_000;

export interface ActivityParts {
  readonly ledger: Pick<SessionLedger, "touchSessions">;
  readonly clock: Pick<Clock, "monotonic">;
  /** Told when activity could not be written: once for as long as the ledger is out of reach. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Activity that no request waits for: it is written in batches, each second, or as soon as {@link BATCH} wait. So what it
 * costs the ledger is a transaction for 500 users who click, and not one for each. What is lost in a crash is a minute of a
 * session that has more than that left: one that has not is touched at once (`SessionResolver`).
 */
export class ActivityRecorder implements AsyncDisposable {
  readonly #parts: ActivityParts;
  /** By session, when it was last active: milliseconds on the monotonic clock. */
  readonly #waiting = new Map<Sid, number>();
  #writing: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #outOfReach = false;
  #disposed = false;

  constructor(parts: ActivityParts) {
    this.#parts = parts;
  }

  /** How many sessions' activity is not written yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  note(sid: Sid): void {
    if (this.#waiting.size >= LIMIT && !this.#waiting.has(sid)) return;
    this.#waiting.set(sid, this.#parts.clock.monotonic());
    if (this.#waiting.size >= BATCH && !this.#outOfReach) void this.#writeBatch().catch(() => undefined);
    else this.#schedule();
  }

  /**
   * Writes all that waits; what could not be written stays for the next time.
   *
   * @throws StoreError if the ledger is out of reach
   */
  async flush(): Promise<void> {
    while (this.#waiting.size > 0) await this.#writeBatch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.flush().catch(() => undefined);
  }

  #schedule(): void {
    if (this.#disposed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      // One that fails sets the timer again.
      this.flush().catch(() => undefined);
    }, INTERVAL_MS);
  }

  /** One writer at a time: whoever comes while one writes waits for it, and then sees what is left. */
  #writeBatch(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
      if (this.#waiting.size > 0) this.#schedule();
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { ledger, clock, onFault } = this.#parts;
    const batch = [...this.#waiting].slice(0, BATCH);
    const now = clock.monotonic();
    try {
      await ledger.touchSessions(batch.map(([sid, at]) => ({ sid, agoMs: Math.round(now - at) })));
      this.#outOfReach = false;
    } catch (error) {
      if (error instanceof StoreError) {
        if (!this.#outOfReach) onFault(error);
        this.#outOfReach = true;
        throw error;
      }
      // A bug: a batch that the ledger will never take would be in the way of all that come after it.
      onFault(error);
    }
    // But those that have been active again since.
    for (const [sid, at] of batch) if (this.#waiting.get(sid) === at) this.#waiting.delete(sid);
  }
}
