import { setImmediate as turn } from "node:timers/promises";

/** Runs its task in one transaction. `since` is when the wait for it began, by the clock's monotonic half. */
export type InTransaction = <T>(since: number, task: () => Promise<T>) => Promise<T>;

interface Write {
  readonly since: number;
  readonly transition: () => Promise<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The file stays locked for others meanwhile, and the event loop stands: a few milliseconds. */
const MOST_TOGETHER = 32;

/**
 * The transitions of this process, one after the other, as SQLite has it. Those that wait share a commit, because what
 * takes its time is the disk: each sees what those before it have done, and nobody is answered before it is durable.
 */
export class Writes {
  readonly #inTransaction: InTransaction;
  #waiting: Write[] = [];
  #working: Promise<void> | null = null;

  constructor(inTransaction: InTransaction) {
    this.#inTransaction = inTransaction;
  }

  add<T>(since: number, transition: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ since, transition, resolve: resolve as (answer: unknown) => void, reject });
      this.#working ??= this.#work();
    });
  }

  /** When nothing is waiting any more. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // Whoever asks in this same turn comes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#together(this.#waiting.splice(0, MOST_TOGETHER));
      // Else a thousand that wait would be a second in which no timer fires and no request is read.
      if (this.#waiting.length > 0) await turn();
    }
    this.#working = null;
  }

  async #together(writes: readonly Write[]): Promise<void> {
    const since = Math.min(...writes.map((write) => write.since));
    try {
      const answers = await this.#inTransaction(since, async () => {
        const inOrder: unknown[] = [];
        for (const { transition } of writes) inOrder.push(await transition());
        return inOrder;
      });
      for (const [index, { resolve }] of writes.entries()) resolve(answers[index]);
    } catch (error) {
      const [only, ...others] = writes;
      if (others.length === 0) return only?.reject(error);
      // Nothing of them was committed. Each has another try alone, and only those that fail there have failed.
      for (const write of writes) await this.#together([write]);
    }
  }
}
