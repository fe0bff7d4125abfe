/**
 * The same values, the last one repeated up to the next power of two. Each length of a list is a statement of its own,
 * and a database keeps only so many prepared.
 */
export function padded<T>(values: readonly T[]): T[] {
  const last = values.at(-1);
  if (last === undefined) return [];
  const length = 2 ** Math.ceil(Math.log2(values.length));
  return [...values, ...Array.from({ length: length - values.length }, () => last)];
}
