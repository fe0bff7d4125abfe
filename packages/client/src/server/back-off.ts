import { random } from "../random.ts";
import type { ClientError } from "./client-error.ts";
import { pause } from "./pause.ts";

const FIRST_MS = 500;
const MOST_MS = 30_000;
const MOST_RETRY_AFTER_SECONDS = 300;

/** How long to wait after so many faults in a row: doubled each time, with jitter, and no less than the server asked for. */
export function backOffMs(faults: number, retryAfterSeconds: number | null): number {
  const steps = Math.min(MOST_MS, FIRST_MS * 2 ** faults);
  const asked = Math.min(MOST_RETRY_AFTER_SECONDS, retryAfterSeconds ?? 0) * 1000;
  return Math.max(steps / 2, asked) + (random() * steps) / 2;
}

/** The time in which a server that had a fault is left alone, however many want something of it. */
export class BackOff {
  /** What went wrong, while the server is left alone. */
  fault: ClientError | null = null;
  /** Settled when it may be asked again. */
  over: Promise<void> = Promise.resolve();
  #faults = 0;
  #retry = new AbortController();

  begin(fault: ClientError): void {
    this.fault = fault;
    this.over = this.#pass(backOffMs(this.#faults++, fault.retryAfterSeconds));
  }

  /** It has answered. */
  reset(): void {
    this.#faults = 0;
  }

  /** There is reason to try again at once. */
  cut(): void {
    this.#retry.abort();
    this.#retry = new AbortController();
  }

  async #pass(ms: number): Promise<void> {
    await pause(ms, this.#retry.signal);
    this.fault = null;
  }
}
