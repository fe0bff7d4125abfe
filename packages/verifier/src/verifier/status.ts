import type { FeedState } from "../feed/feed.ts";
import type { Counters } from "./counters.ts";

/** A picture of the verifier at one moment, for metrics and for people. It holds no secret. */
export interface VerifierStatus extends Readonly<Counters> {
  readonly state: FeedState;
  /** The age of what is known, milliseconds; `null` before everything was known once. */
  readonly stalenessMs: number | null;
  /** Names the history of the ledger that is followed; `null` before the first. */
  readonly timeline: string | null;
  /** How many keys are trusted. */
  readonly keys: number;
  /** How many facts of the feed are held. */
  readonly revocations: number;
  readonly cachedTokens: number;
  /** What went wrong last, though it may be over: a sentence, and when, milliseconds since the epoch. */
  readonly lastError: { readonly message: string; readonly at: number } | null;
}
