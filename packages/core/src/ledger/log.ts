import type { FeedEntry } from "@counterfoil/protocol";
import type { BelatedEvent, EventType, LedgerEvent } from "../events.ts";
import type { Sid } from "../session/session.ts";
import type { Subject } from "../user/user.ts";

/** The two logs: revocations, which the feed carries, and events, which people read. */
export interface LogLedger {
  /**
   * What has been revoked since `cursor`. Entries may come twice, never not at all: the cursor moves only to where
   * nothing can still commit behind it.
   *
   * @param cursor of an earlier answer; `null` for everything that still matters
   */
  readRevocations(cursor: string | null): Promise<RevocationsRead>;

  /**
   * Brings back what the log told once and has no more, since its history is another one: see `restoreRevocations` of
   * the follower. In one transaction, for one caller at a time; what is there already is left alone. Each entry that is
   * missing is told again as it was, and takes effect again:
   *
   * - `session-revoked`: the session ends, if it is live, for the same reason.
   * - `claims-changed`: the user's version is at least that one again. All sessions of the user end, unless the reason is
   *   known to be one that ended none; and a user who was disabled or deleted is disabled. Rather one sign-in too many
   *   than one that was revoked: whose session was spared then, and what the password became, nobody knows any more.
   * - `key-revoked`: the key is revoked.
   *
   * @param entries a small batch: their rows are locked together
   */
  restoreRevocations(entries: readonly FeedEntry[]): Promise<RevocationsRestored>;

  /** Whether somebody may have written since `readRevocations` was last called here. Cheap; may say yes in vain. */
  mayHaveChanged(): boolean;

  /**
   * Calls `hint` when another process may have told the feed something, where the store hears of it at once. A hint can
   * be missing: the log is read without one too.
   */
  onHint(hint: () => void): void;

  /** Appends events that belong to no transition, each with the time at which it happened. */
  appendEvents(events: readonly BelatedEvent[]): Promise<void>;

  /** Oldest first. */
  readEvents(query: EventQuery): Promise<readonly LedgerEvent[]>;

  /**
   * A page of events. Bounded work whatever is asked for: where few match, it looks at so many and says how far it came,
   * and a page may be short, or empty, although there is more.
   */
  pageEvents(query: EventPageQuery): Promise<EventPage>;

  /** How far the events have come. */
  eventHorizon(): Promise<EventHorizon>;

  /**
   * How many events of each type there are in each minute, the oldest first. Bounded work, as of `pageEvents`: whoever
   * goes on from where it came to counts each event once, also those that are written some time after they happened.
   */
  countEvents(query: EventCountQuery): Promise<EventCounts>;
}

export interface RevocationsRead {
  /** Those of a version before say neither when nor why. */
  readonly entries: readonly FeedEntry[];
  readonly cursor: string;
  /**
   * Entries behind the cursor are among these, and will come again: something may still commit between them. So who was
   * told all of these knows more than the cursor says, and who comes with the cursor may know none of them.
   */
  readonly held: boolean;
  /** Names this history. Another one means that what was read before may be missing from it. */
  readonly timeline: string;
  /** The ledger's time at this read, milliseconds since the epoch. */
  readonly now: number;
}

export type RevocationsRestored =
  /** How many sessions ended, users were decided about, and keys were revoked, that were not so before. */
  | { readonly outcome: "restored"; readonly sessions: number; readonly users: number; readonly keys: number }
  | { readonly outcome: "nothing_lost" };

export interface EventHorizon {
  /** The number of the newest event that is there; 0 where there is none. */
  readonly newest: number;
  /**
   * Every event up to this number is there: where to begin for whoever follows what comes. Where a transaction has been
   * open since before anybody here looked, nobody can tell, and this is `newest`.
   */
  readonly settled: number;
}

/** Those that match all that is given. */
export interface EventQuery {
  readonly sid?: Sid;
  readonly subject?: Subject;
  readonly requestId?: string;
  /** Only those after this one. */
  readonly after?: number;
  readonly limit: number;
}

/** Those that match all that is given, between two numbers that are not among them themselves. */
export interface EventPageQuery {
  readonly order: "newest_first" | "oldest_first";
  readonly types?: readonly EventType[] | undefined;
  readonly sid?: Sid | undefined;
  readonly subject?: Subject | undefined;
  readonly requestId?: string | undefined;
  readonly actor?: string | undefined;
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface EventPage {
  readonly events: readonly LedgerEvent[];
  /**
   * Everything up to this number has been looked at, in the order of the query: what to give as `before`, or as `after`,
   * to go on. `null` where there was nothing to look at.
   */
  readonly reached: number | null;
  /** Whether there may be more behind it. */
  readonly more: boolean;
}

export interface EventCountQuery {
  /**
   * Only those after this one. `null`: from the lowest number of those that happened first since `since`, of which one
   * call looks at so many. What is below it was written before so many that had happened earlier, and is not counted.
   */
  readonly after: number | null;
  /** Milliseconds since the epoch: what happened before is not counted. */
  readonly since: number;
}

export interface EventCounts {
  readonly counts: readonly EventCount[];
  /** Everything up to this number is counted: what to give as `after`, to go on. `null` where there was nothing. */
  readonly reached: number | null;
  /** Whether there may be more behind it. */
  readonly more: boolean;
}

export interface EventCount {
  /** When it began, milliseconds since the epoch. */
  readonly minute: number;
  readonly type: EventType;
  readonly count: number;
}
