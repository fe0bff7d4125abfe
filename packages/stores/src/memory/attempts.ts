import { refillMs } from "@counterfoil/core";
import type { AttemptsTaken, ForgiveAttempts, TakeAttempt, TakeAttempts } from "@counterfoil/core";
import { counting, decideAttempts } from "../rule/attempts.ts";
import type { MemoryState } from "./state.ts";

/** See `AttemptLedger`. */
export function takeAttempts(state: MemoryState, input: TakeAttempts): AttemptsTaken {
  const now = state.now();
  const { answer, changes } = decideAttempts(counting(input, state.fullAt, now), state.fullAt, now);
  for (const [key, fullAt] of changes) state.fullAt.set(key, fullAt);
  return answer;
}

export function returnAttempts(state: MemoryState, buckets: readonly TakeAttempt[]): void {
  for (const bucket of buckets) {
    const fullAt = state.fullAt.get(bucket.key);
    // Below now is full, as it is for the next that takes one.
    if (fullAt !== undefined) state.fullAt.set(bucket.key, fullAt - refillMs(bucket));
  }
}

export function forgiveAttempts(state: MemoryState, { keys, returned, known }: ForgiveAttempts): void {
  for (const key of keys) state.fullAt.delete(key);
  returnAttempts(state, returned);
  if (known !== null) state.fullAt.set(known.key, state.now() + known.seconds * 1000);
}
