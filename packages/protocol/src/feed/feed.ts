import type { Revocation } from "./revocation.ts";

/** A verifier that is told another one believes nothing of what follows: it stays stale, and says why. */
export const FEED_VERSION = 1;

/**
 * The events of the stream, in their order: `feed` once, then any number of `revocations`, each followed by a `receipt`
 * once all that a read of the log has seen was sent. The first receipt therefore ends the snapshot. `end` says why the
 * server hangs up.
 */
export type FeedEventName = "feed" | "revocations" | "receipt" | "end";

/** The first event: what this is. */
export interface FeedOpening {
  readonly version: number;
  /** The `iss` of the tokens that it is about. */
  readonly issuer: string;
  /** Names this history of the ledger. */
  readonly timeline: string;
  /** Whether what follows up to the first receipt is everything that still matters; else it goes on where the reader was. */
  readonly complete: boolean;
}

/**
 * Proof of a completed read of the log, and sent for nothing else. All that had committed when the read began has been
 * sent before it. In the stream its event's `id` is where to go on: `<timeline>.<cursor>`, the same on every server.
 */
export interface Receipt {
  /** The ledger's time at the read, milliseconds since the epoch. */
  readonly ledger_time: number;
  /** When the read began, milliseconds on the answering process's monotonic clock: only differences mean something. */
  readonly read_at: number;
}

/** Why the server ends a stream: the reader takes too little, its credential was removed, or the server stops. */
export interface FeedEnd {
  readonly reason: "slow" | "removed" | "stopping";
}

/** An entry as it goes over the wire, with what CAEP adds (§3.1): nobody decides by it, and either may be missing. */
export type FeedEntry = Revocation & {
  /** When it was decided, seconds since the epoch with their fraction. */
  readonly event_timestamp?: number;
  readonly reason?: string;
};

/** The other form: one answer, from a read that began after the request arrived. */
export interface FeedAnswer extends FeedOpening, Receipt {
  /** What to give as `since` next: `<timeline>.<cursor>`. */
  readonly cursor: string;
  readonly entries: readonly FeedEntry[];
}
