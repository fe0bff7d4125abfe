import type { Bucket } from "../attempt/bucket.ts";

/** Limits, shared by all processes, by the ledger's clock. */
export interface AttemptLedger {
  /** Takes one attempt of each bucket, or none at all. Before the work that they are for, so that parallel ones count. */
  takeAttempts(input: TakeAttempts): Promise<AttemptsTaken>;

  /** Gives one attempt of each bucket back: nothing came of what they were taken for. */
  returnAttempts(buckets: readonly TakeAttempt[]): Promise<void>;

  /** What was attempted has succeeded. */
  forgiveAttempts(input: ForgiveAttempts): Promise<void>;
}

/** A bucket, one attempt of which is to be taken. */
export interface TakeAttempt extends Bucket {
  /** Names the bucket: a kind, and whose. Hashed where it would tell what somebody typed. */
  readonly key: string;
}

export interface TakeAttempts {
  /** No two of one key. */
  readonly buckets: readonly TakeAttempt[];
  /** More of them, left out for as long as the ledger knows `key` by {@link AttemptLedger.forgiveAttempts}. */
  readonly unlessKnown?: { readonly key: string; readonly buckets: readonly TakeAttempt[] } | undefined;
}

export type AttemptsTaken =
  /** Those of which one was taken. */
  | { readonly outcome: "taken"; readonly buckets: readonly TakeAttempt[] }
  /** After that time each of them has one; `key` is the bucket that takes so long. */
  | { readonly outcome: "limited"; readonly key: string; readonly retryAfterSeconds: number };

export interface ForgiveAttempts {
  /** The buckets that get all of their attempts back. */
  readonly keys: readonly string[];
  /** Those that get one back. */
  readonly returned: readonly TakeAttempt[];
  /** What is known from now on, for that long. */
  readonly known: { readonly key: string; readonly seconds: number } | null;
}
