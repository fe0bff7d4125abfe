import type { VerifierClock } from "../clock.ts";
import { IssuerError } from "./issuer-error.ts";

/** A signal that is aborted with its parent, and when nothing has come for as long as was allowed last. */
export class Deadline {
  readonly #clock: VerifierClock;
  readonly #parent: AbortSignal;
  readonly #controller = new AbortController();
  readonly #forward = () => this.#controller.abort(this.#parent.reason);
  #callOff: () => void = () => undefined;

  constructor(clock: VerifierClock, parent: AbortSignal) {
    this.#clock = clock;
    this.#parent = parent;
    if (parent.aborted) this.#forward();
    parent.addEventListener("abort", this.#forward);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Counts anew. */
  allow(milliseconds: number): void {
    this.#callOff();
    this.#callOff = this.#clock.after(milliseconds, () => {
      this.#controller.abort(new IssuerError("slow", `Nothing came for ${milliseconds} ms.`));
    });
  }

  /** Nothing is aborted by this any more. */
  stop(): void {
    this.#callOff();
    this.#parent.removeEventListener("abort", this.#forward);
  }
}

/**
 * Does `work` with a signal that is aborted after `milliseconds`, or with `parent`.
 *
 * @throws what `work` throws
 */
export async function within<T>(
  clock: VerifierClock,
  milliseconds: number,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(clock, parent);
  deadline.allow(milliseconds);
  try {
    return await work(deadline.signal);
  } finally {
    deadline.stop();
  }
}

/** Resolves when `work` has ended, however, or `milliseconds` have passed: whatever it is, nobody waits longer. */
export function atMost(
  clock: Pick<VerifierClock, "after">,
  milliseconds: number,
  work: Promise<unknown>,
): Promise<void> {
  return new Promise((resolve) => {
    const callOff = clock.after(milliseconds, resolve);
    const end = () => {
      callOff();
      resolve();
    };
    work.then(end, end);
  });
}
