/** At once where memory can answer, which is nearly always: a promise costs a warm check as much as the check. */
export type Soon<T> = T | Promise<T>;

/** Goes on with a value, at once if it is there. What is thrown meanwhile goes to `fail`. */
export function goOn<T>(soon: Soon<T>, act: (value: T) => void, fail: (error: unknown) => void): void {
  if (soon instanceof Promise) soon.then(act).catch(fail);
  else act(soon);
}
