import type { Answer } from "./answer.ts";
import type { Carried } from "./http.ts";

export const HOME = "198.51.100.7";
export const OFFICE = "203.0.113.1";

/** One of some thousand addresses that nobody knows. */
export const stranger = (index: number) => `10.9.${(index >> 8) & 255}.${index & 255}`;

/** A request as a trusted proxy passes it on. */
export const from = (address: string) => ({ headers: { "X-Forwarded-For": address } }) satisfies Carried;

/** Many requests at once; how often each status came. */
export async function all(
  count: number,
  ask: (index: number) => Promise<Answer>,
): Promise<Readonly<Record<number, number>>> {
  const statuses: Record<number, number> = {};
  for (const { status } of await Promise.all(Array.from({ length: count }, (_, index) => ask(index)))) {
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return statuses;
}
