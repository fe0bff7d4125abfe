import type { AttemptTaken, TakeAttempt } from "@counterfoil/core";
import { bucketSpan, retryAfterSeconds } from "../rule/bucket.ts";
import type { MemoryState } from "./state.ts";

/** See `AttemptLedger`. GCRA: what is kept is only when the bucket is full again. */
export function takeAttempt(state: MemoryState, input: TakeAttempt): AttemptTaken {
  const now = state.now();
  const { refill, span } = bucketSpan(input);
  // Fuller than full, or emptier than empty, is a clock that has stepped back or a bucket that was larger.
  const fullAt = Math.min(Math.max(state.fullAt.get(input.key) ?? now, now), now + span);
  const fits = fullAt + refill <= now + span;
  state.fullAt.set(input.key, fits ? fullAt + refill : fullAt);
  if (fits) return { outcome: "taken" };
  return { outcome: "limited", retryAfterSeconds: retryAfterSeconds(fullAt, input, now) };
}

export function returnAttempt(state: MemoryState, input: TakeAttempt): void {
  const fullAt = state.fullAt.get(input.key);
  // Below now is full, as it is for the next that takes one.
  if (fullAt !== undefined) state.fullAt.set(input.key, fullAt - bucketSpan(input).refill);
}

export function forgiveAttempts(state: MemoryState, key: string): void {
  state.fullAt.delete(key);
}
