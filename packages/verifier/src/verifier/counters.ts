import type { VerificationFailure } from "../kernel/refusal.ts";

/** What happened since the verifier was made: each only ever rises. */
export interface Counters {
  /** Streams that brought a first receipt: about one a minute, as each is renewed. */
  connects: number;
  /** Streams that ended without our closing them. */
  disconnects: number;
  receipts: number;
  /** Complete snapshots that were taken. */
  snapshots: number;
  /** Facts that were told, repeats too. */
  entries: number;
  /** Entries that this version does not understand. */
  unknownEntries: number;
  /** Streams and answers that were not in their form. */
  malformed: number;
  /** Streams and answers of another issuer, or of another version of the feed. */
  wrongIssuer: number;
  catchUps: number;
  catchUpFailures: number;
  jwkSetFetches: number;
  jwkSetFailures: number;
  /** Tokens and session cookies. */
  accepted: number;
  /** Tokens and session cookies that were answered with 503. */
  unavailable: number;
  /** Tokens, by what is wrong with them. The server does not say that of a cookie. */
  refused: Partial<Record<VerificationFailure, number>>;
}

export function newCounters(): Counters {
  return {
    connects: 0,
    disconnects: 0,
    receipts: 0,
    snapshots: 0,
    entries: 0,
    unknownEntries: 0,
    malformed: 0,
    wrongIssuer: 0,
    catchUps: 0,
    catchUpFailures: 0,
    jwkSetFetches: 0,
    jwkSetFailures: 0,
    accepted: 0,
    unavailable: 0,
    refused: {},
  };
}
