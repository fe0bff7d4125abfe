import type { EndReason, Sid, Transport } from "./session/session.ts";
import type { Subject } from "./user/user.ts";

/**
 * The event log: append-only, who, what, where and why. It holds no secret: sessions are named by their `sid`,
 * passwords and tokens not at all.
 */
export interface EventContext {
  /** Names one request in the log, in the answer's `Request-Id` header and for `counterfoil explain`. */
  readonly requestId: string;
  readonly remoteAddress: string | null;
  readonly userAgent: string | null;
}

/** What happened. Those of the first half are written with the transition that they tell, in its transaction. */
export type EventBody =
  | { readonly type: "session_opened"; readonly transport: Transport; readonly remember: boolean }
  | { readonly type: "session_ended"; readonly reason: EndReason }
  | { readonly type: "session_reauthenticated" }
  | { readonly type: "session_amended"; readonly version: number }
  | { readonly type: "refresh_rotated"; readonly counter: number; readonly background: boolean }
  | { readonly type: "refresh_reused"; readonly presented: number; readonly counter: number }
  | { readonly type: "ledger_behind"; readonly presented: number; readonly counter: number }
  | { readonly type: "user_created" }
  | { readonly type: "user_deleted" }
  | { readonly type: "user_disabled" }
  | { readonly type: "user_enabled" }
  | { readonly type: "roles_changed"; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly type: "password_set" }
  | { readonly type: "all_sessions_ended"; readonly reason: EndReason; readonly ended: number }
  | { readonly type: "signing_key_added"; readonly kid: string; readonly algorithm: string }
  | { readonly type: "signing_key_retired"; readonly kid: string }
  | { readonly type: "signing_key_revoked"; readonly kid: string }
  | { readonly type: "secret_adopted"; readonly version: number; readonly fingerprint: string }
  | {
      readonly type: "ledger_restored";
      readonly schemaVersion: number;
      readonly sessionsEnded: number;
      readonly keysRevoked: number;
    }
  // Nothing was decided here, so nothing waits for these: they are written in batches, soon after.
  | { readonly type: "refresh_repeated"; readonly presented: number; readonly counter: number }
  | { readonly type: "access_token_issued" }
  | {
      readonly type: "refused";
      readonly route: string;
      readonly code: string;
      readonly reason: RefusalReason;
      /** More of the reason, where there is more: a sentence of ours, never what was sent. */
      readonly detail: string | null;
    }
  /** More forged session or refresh tokens came from one address than mistakes explain; so many since the last event. */
  | { readonly type: "guessing_suspected"; readonly count: number }
  | { readonly type: "events_dropped"; readonly count: number };

export type EventType = EventBody["type"];

/** Why a request was refused: finer than the code that the outside sees, which often may not tell. */
export const REFUSAL_REASONS = [
  "wrong_password",
  "unknown_user",
  "user_disabled",
  "no_password",
  "refused_by_application",
  "too_many_attempts",
  "overloaded",
  "no_credential",
  "ambiguous_credentials",
  "forged_or_mistyped",
  "unknown_session",
  "session_over",
  "session_expired",
  "superseded",
  "refresh_token_reused",
  "access_token_refused",
  "not_recently_authenticated",
  "cross_site",
  "no_origin",
  "browser_asked_for_bearer",
  "malformed",
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** An event to be written. The ledger adds its number and its time. */
export interface NewEvent {
  readonly body: EventBody;
  readonly subject: Subject | null;
  readonly sid: Sid | null;
  readonly context: EventContext | null;
}

/** An event that is written some time after it happened. */
export interface BelatedEvent extends NewEvent {
  readonly agoMs: number;
}

export interface LedgerEvent extends NewEvent {
  readonly id: number;
  /** Milliseconds since the epoch, by the ledger's clock. */
  readonly at: number;
}
