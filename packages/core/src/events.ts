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
  /** Who did it, where that is not the one whom it is about: an administrator's subject, or {@link COMMAND_LINE}. */
  readonly actor?: string | undefined;
}

/** The actor of what was done with a command, beside the ledger. */
export const COMMAND_LINE = "command line";

/** What happened. Those of the first half are written with the transition that they tell, in its transaction. */
export type EventBody =
  | { readonly type: "session_opened"; readonly transport: Transport; readonly remember: boolean }
  | { readonly type: "session_ended"; readonly reason: EndReason }
  | { readonly type: "session_reauthenticated" }
  | { readonly type: "session_amended"; readonly version: number }
  | { readonly type: "refresh_rotated"; readonly counter: number; readonly background: boolean }
  | { readonly type: "refresh_reused"; readonly presented: number; readonly counter: number }
  | { readonly type: "ledger_behind"; readonly presented: number; readonly counter: number }
  | {
      readonly type: "revocations_restored";
      readonly sessions: number;
      readonly users: number;
      readonly keys: number;
    }
  | { readonly type: "user_created" }
  | { readonly type: "user_deleted" }
  | { readonly type: "user_disabled" }
  | { readonly type: "user_enabled" }
  | { readonly type: "roles_changed"; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly type: "password_set" }
  | { readonly type: "password_code_issued"; readonly passwordDropped: boolean }
  /** Somebody asked for a name that is the subject's; nothing changed. */
  | { readonly type: "username_taken" }
  | { readonly type: "all_sessions_ended"; readonly reason: EndReason; readonly ended: number }
  | { readonly type: "every_session_ended"; readonly ended: number }
  | { readonly type: "signing_key_added"; readonly kid: string; readonly algorithm: string }
  | { readonly type: "signing_key_announced"; readonly kid: string; readonly algorithm: string }
  | { readonly type: "signing_key_promoted"; readonly kid: string }
  | { readonly type: "signing_key_retired"; readonly kid: string }
  | { readonly type: "signing_key_removed"; readonly kid: string }
  | { readonly type: "signing_key_revoked"; readonly kid: string }
  | { readonly type: "secret_adopted"; readonly version: number; readonly fingerprint: string }
  | { readonly type: "secrets_replaced"; readonly fingerprint: string }
  | { readonly type: "verifier_added"; readonly id: string; readonly name: string }
  | { readonly type: "verifier_removed"; readonly id: string; readonly name: string }
  | {
      readonly type: "ledger_restored";
      readonly schemaVersion: number;
      readonly sessionsEnded: number;
      readonly keysRevoked: number;
      readonly verifiersRemoved: number;
    }
  // Nothing was decided here, so nothing waits for these: they are written in batches, soon after.
  | { readonly type: "refresh_repeated"; readonly presented: number; readonly counter: number }
  | { readonly type: "access_token_issued" }
  /** Somebody asked for a one-time code, and none was issued; outside that looks like any other answer. */
  | { readonly type: "password_code_refused"; readonly reason: RefusalReason }
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

/** A member for each: the compiler asks for one that is missing. */
const TYPES: Readonly<Record<EventType, true>> = {
  session_opened: true,
  session_ended: true,
  session_reauthenticated: true,
  session_amended: true,
  refresh_rotated: true,
  refresh_reused: true,
  guessing_suspected: true,
  ledger_behind: true,
  revocations_restored: true,
  user_created: true,
  user_deleted: true,
  user_disabled: true,
  user_enabled: true,
  roles_changed: true,
  password_set: true,
  all_sessions_ended: true,
  every_session_ended: true,
  signing_key_added: true,
  signing_key_announced: true,
  signing_key_promoted: true,
  signing_key_retired: true,
  signing_key_removed: true,
  signing_key_revoked: true,
  secret_adopted: true,
  secrets_replaced: true,
  verifier_added: true,
  verifier_removed: true,
  refresh_repeated: true,
  access_token_issued: true,
  password_code_issued: true,
  password_code_refused: true,
  username_taken: true,
  refused: true,
  ledger_restored: true,
  events_dropped: true,
};

export const EVENT_TYPES = Object.keys(TYPES) as readonly EventType[];

/** Why a request was refused: finer than the code that the outside sees, which often may not tell. */
export const REFUSAL_REASONS = [
  "wrong_password",
  "unknown_user",
  "user_disabled",
  "no_password",
  "refused_by_application",
  "password_refused",
  "unknown_code",
  "too_many_attempts",
  "overloaded",
  "reset_queue_full",
  "event_streams_full",
  "no_credential",
  "ambiguous_credentials",
  "forged_or_mistyped",
  "unknown_session",
  "session_over",
  "session_expired",
  "superseded",
  "refresh_token_reused",
  "access_token_refused",
  "unknown_client",
  "unknown_verifier",
  "unknown_key",
  "second_factor_required",
  "second_factor_refused",
  "not_recently_authenticated",
  "cross_site",
  "no_origin",
  "browser_asked_for_bearer",
  "insufficient_role",
  "conflict",
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
