/** Lets a time pass. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

const PATIENCE_MS = 10_000;

/** Asks until it is so. @returns how long it took, milliseconds; `null` where it never was */
export async function until(check: () => Promise<boolean>, since = performance.now()): Promise<number | null> {
  const last = performance.now() + PATIENCE_MS;
  while (performance.now() < last) {
    if (await check()) return Math.round(performance.now() - since);
    await pause(5);
  }
  return null;
}
