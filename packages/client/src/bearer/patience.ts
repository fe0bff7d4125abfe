import { stopwatch } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { UnavailableError } from "../outcome/unavailable-error.ts";
import type { Random } from "../random.ts";

const FIRST_MS = 500;
const LONGEST_MS = 8000;

export interface PatienceOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** For how long it is tried again. */
  readonly retryForMs: number;
}

/** The pauses between the attempts of one call, and when the caller is told instead. */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #elapsed: () => number;
  #failures = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#elapsed = stopwatch(options.clock);
  }

  /**
   * Waits before the next attempt: half a second, then twice as long each time, 8 s at the most, half of it by chance, so
   * that a fleet whose server failed does not come back as one; and never less than the server has asked for.
   *
   * @throws `fault` if there is no time for another attempt; what `signal` is aborted with
   */
  async wait(fault: UnavailableError, signal: AbortSignal): Promise<void> {
    const { clock, random, retryForMs } = this.#options;
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 10));
    const spread = longest * (0.5 + 0.5 * random());
    const asked = (fault.retryAfterSeconds ?? 0) * 1000;
    const pause = asked > 0 ? asked + random() * FIRST_MS : spread;
    if (this.#elapsed() + pause > retryForMs) throw fault;
    await sleep(clock, pause, signal);
  }
}

function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = () => {
      callOff();
      reject(signal.reason as Error);
    };
    const callOff = clock.after(milliseconds, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    signal.addEventListener("abort", abort);
  });
}
