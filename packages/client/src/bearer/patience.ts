import { ERRORS } from "@counterfoil/protocol";
import { backOffMs } from "../server/back-off.ts";
import type { ClientError } from "../server/client-error.ts";
import { stopwatch } from "./clock.ts";
import type { Clock } from "./clock.ts";

export interface PatienceOptions {
  readonly clock: Clock;
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
   * Waits before the next attempt, longer each time, and never less than the server has asked for.
   *
   * @throws `fault` if another attempt would not help, or there is no time for one; what `signal` is aborted with
   */
  async wait(fault: ClientError, signal: AbortSignal): Promise<void> {
    const { clock, retryForMs } = this.#options;
    const pause = backOffMs(this.#failures++, fault.retryAfterSeconds);
    if (isForGood(fault) || this.#elapsed() + pause > retryForMs) throw fault;
    await sleep(clock, pause, signal);
  }
}

/** The server itself refuses what it is asked, such as one of its own below a wrong path: it will again. */
export function isForGood({ code }: ClientError): boolean {
  const { status } = ERRORS[code];
  return status < 500 && status !== 429;
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
