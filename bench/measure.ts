export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** @param share 0.99 for the p99 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** The contenders in an order of its own each round: what one leaves to the machine is not always the same one's. */
export function* rounds<T>(contenders: readonly T[], count: number): Generator<T> {
  for (let round = 0; round < count; round++) {
    const start = round % contenders.length;
    const turned = [...contenders.slice(start), ...contenders.slice(0, start)];
    yield* round % 2 === 0 ? turned : turned.toReversed();
  }
}

export function row(name: string, ...columns: readonly string[]): void {
  console.log(`  ${name.padEnd(34)}${columns.map((column) => column.padStart(16)).join("")}`);
}

/** The last line of a bench, and its exit code: 1 where a target is missed. */
export function verdict(what: string, kept: boolean): void {
  console.log(`  ${kept ? "kept  " : "MISSED"} ${what}`);
  if (!kept) process.exitCode = 1;
}
