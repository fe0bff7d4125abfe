import type { VerifierClock } from "../clock.ts";
import { within } from "./deadline.ts";
import { disposed } from "./issuer-error.ts";

/**
 * One request at a time, for all who wait for it, and pauses between them. One that is over its limit is given up, and
 * another may be begun: some runtimes freeze a request whose client has gone.
 */
export class SharedRequest {
  readonly #clock: VerifierClock;
  readonly #controller = new AbortController();
  #running: { readonly ended: Promise<void>; readonly until: number } | null = null;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: VerifierClock) {
    this.#clock = clock;
  }

  get isStopped(): boolean {
    return this.#controller.signal.aborted;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Of the one that runs, and that may still be waited for: resolves when it has ended, however. Else `null`. */
  get ended(): Promise<void> | null {
    return this.#running !== null && this.#clock.monotonic() <= this.#running.until ? this.#running.ended : null;
  }

  /** For how long no other is to be begun, milliseconds; 0 for no time. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.monotonic());
  }

  /** From now on. */
  pauseFor(milliseconds: number): void {
    this.#pausedUntil = this.#clock.monotonic() + milliseconds;
  }

  /**
   * @param ask is given a signal that is aborted at the limit
   * @param fail is told why it failed, unless that is our being stopped
   * @returns as {@link ended}
   */
  begin(limitMs: number, ask: (signal: AbortSignal) => Promise<void>, fail: (error: unknown) => void): Promise<void> {
    const run = async () => {
      try {
        await within(this.#clock, limitMs, this.#controller.signal, ask);
      } catch (error) {
        if (!this.isStopped) fail(error);
      }
    };
    const running = {
      until: this.#clock.monotonic() + limitMs,
      ended: run().finally(() => {
        if (this.#running === running) this.#running = null;
      }),
    };
    this.#running = running;
    return running.ended;
  }

  async stop(): Promise<void> {
    this.#controller.abort(disposed());
    await this.#running?.ended;
  }
}
