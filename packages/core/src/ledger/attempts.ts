/** Rate limits, shared by all processes: one upsert each, by the ledger's clock. */
export interface AttemptLedger {
  /** Takes one attempt of `key`'s, or says how long to wait. Taken before the work, so that parallel ones count. */
  takeAttempt(input: TakeAttempt): Promise<AttemptTaken>;
  /** Gives one attempt back that was taken for nothing. */
  returnAttempt(input: TakeAttempt): Promise<void>;
  /** Gives all of `key`'s attempts back. */
  forgiveAttempts(key: string): Promise<void>;
}

/** A bucket of `burst` attempts that fills up by one every `refillSeconds`. */
export interface TakeAttempt {
  /** Names the bucket: a kind, and whose. Hashed where it would tell what somebody typed. */
  readonly key: string;
  readonly burst: number;
  readonly refillSeconds: number;
}

export type AttemptTaken =
  | { readonly outcome: "taken" }
  | { readonly outcome: "limited"; readonly retryAfterSeconds: number };
