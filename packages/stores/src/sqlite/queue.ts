import { setImmediate as turn } from "node:timers/promises";

/** Runs what is put into it one after the other. */
export type Queue = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * One writer at a time, as SQLite has it: two transactions on one connection would be one. Between two of them the
 * event loop turns, so that a thousand that wait are not a second in which nothing else happens.
 */
export function createQueue(): Queue {
  let tail: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = tail.then(task);
    tail = result.then(
      () => turn(),
      () => turn(),
    );
    return result;
  };
}
