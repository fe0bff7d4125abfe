import type { AttemptLedger } from "./attempts.ts";
import type { KeyLedger } from "./keys.ts";
import type { LogLedger } from "./log.ts";
import type { SessionLedger } from "./sessions.ts";
import type { UserLedger } from "./users.ts";
import type { VerifierLedger } from "./verifiers.ts";

/**
 * The store of record, as a state machine: one operation a transition, each atomic in every store and under any
 * number of processes, each answering with a member of a closed union. A refused transition may still have committed
 * something, so refusals are values. The only exception is `StoreError`: the ledger is out of reach, and nothing
 * follows from that about anybody's session.
 *
 * Time is the ledger's: each transition takes it once, after its row is locked.
 */
export interface Ledger
  extends SessionLedger, UserLedger, AttemptLedger, KeyLedger, VerifierLedger, LogLedger, AsyncDisposable {
  /**
   * Opens the store and brings its schema up to date. Every other operation may be called only afterwards.
   *
   * @throws StoreError if it cannot be opened, is corrupt, or was written by a newer version
   */
  open(): Promise<void>;

  /** How its connections to a database stand now; left out by a ledger that has none. */
  readonly connections?: () => LedgerConnections;

  /** Deletes what is dead, at most `limit` rows of each kind. */
  purge(input: Purge): Promise<Purged>;
}

export interface LedgerConnections {
  readonly busy: number;
  readonly idle: number;
  /** Operations that wait for one. */
  readonly waiting: number;
}

export interface Purge {
  readonly limit: number;
  /** Sessions that ended, and revocations and events, are kept this long. */
  readonly keepEndedSessionsSeconds: number;
  readonly keepEventsSeconds: number;
}

/** How many rows went. Where one equals the limit there is more to do. */
export interface Purged {
  readonly sessions: number;
  readonly revocations: number;
  readonly attempts: number;
  readonly events: number;
  readonly passwordCodes: number;
}
