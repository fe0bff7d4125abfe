import type { Revocation } from "@counterfoil/protocol";

/**
 * `fresh`: all that had been revoked a second ago is known. `stale`: it may not be. `cold`: there has been no complete
 * snapshot yet, or there are no keys, and nothing is accepted whatever the policy.
 */
export type FeedState = "fresh" | "stale" | "cold";

/** What the rest of the verifier asks of the revocation feed. */
export interface Feed {
  readonly state: FeedState;
  /** The age of the newest receipt, milliseconds, from the moment at which it was asked for; infinite while cold. */
  readonly stalenessMs: number;
  /** The ledger's time, as the receipts tell it: this machine's clock may be wrong. Milliseconds since the epoch. */
  ledgerNow(): number;
  /**
   * One request that all share who wait for it. Never rejects: whether it helped is what `state` says then. While the
   * server fails, those who ask again soon are not made to wait for the same failure.
   */
  catchUp(): Promise<void>;
  /** @returns ends it */
  subscribe(listener: FeedListener): () => void;
}

export interface FeedListener {
  /** A fact that the feed has just told, after it took effect here. */
  told?(entry: Revocation): void;
  /** All that another history of the ledger tells took effect here: what is guarded must be held against it once more. */
  toldAnew?(): void;
  changed?(state: FeedState): void;
}
