const INTERVAL_MS = 30_000;

/** Looks now and then at what other processes may have changed: signing keys and secrets. */
export function startUpkeep(look: () => Promise<void>, onFault: (error: unknown) => void): AsyncDisposable {
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = look().catch(onFault);
  }, INTERVAL_MS).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await looking;
    },
  };
}
