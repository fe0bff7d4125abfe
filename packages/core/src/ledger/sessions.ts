import type { EventContext } from "../events.ts";
import type { LocatorHash } from "../handle/handle.ts";
import type { EndReason, Session, Sid, Transport } from "../session/session.ts";
import type { CanonicalUsername, Subject } from "../user/user.ts";

export interface SessionLedger {
  /**
   * Opens a session, under the user's lock. The longest inactive one ends where there would be more than
   * `sessionLimit` live ones.
   */
  openSession(input: OpenSession): Promise<SessionOpened>;

  /** The live session behind a session token, read from the ledger. A clock that has run out is written as its end. */
  resolveSession(input: PresentedHandle): Promise<SessionResolved>;

  /** Notes activity, in the user's favour only: never resurrects, never moves back. */
  touchSession(sid: Sid): Promise<SessionTouched>;

  /**
   * The same for many sessions, each at the time of its activity: those that are live, had no clock that had run out by
   * then, and were not active in the minute before. One that somebody else is just writing is left out.
   */
  touchSessions(touches: readonly TouchSession[]): Promise<SessionsTouched>;

  /** Presents a refresh token. The rule is `decideRedemption`; this makes it atomic. */
  redeem(input: Redeem): Promise<Redeemed>;

  /**
   * The user has proved presence again: `authTime` moves, and with it, on a cookie's session, the counter, so that
   * the old session token is refused. `claimsVersion` is raised: the feed then makes every server that has the session
   * in memory ask the ledger.
   */
  reauthenticateSession(input: ReauthenticateSession): Promise<SessionReauthenticated>;

  /** Replaces the application's data, if it still has `version`. */
  amendSession(input: AmendSession): Promise<SessionAmended>;

  /** Ends one session, and tells the feed. With `subject`, only if it is that user's. */
  revokeSession(input: RevokeSession): Promise<SessionRevoked>;

  /** Ends the user's sessions but `except`, raises `claimsVersion`, and tells the feed once. */
  revokeSessions(input: RevokeSessions): Promise<SessionsRevoked>;

  /** Which session a handle is of, live or over, whatever its generation: all that ending it takes. */
  findSession(locatorHash: LocatorHash): Promise<SessionRecord | null>;

  /** Whatever the ledger holds of it, live or over. */
  readSession(sid: Sid): Promise<SessionRecord | null>;

  /** The user's live sessions, newest first. */
  listSessions(subject: Subject): Promise<readonly Session[]>;

  /**
   * Live sessions of everybody, newest first. Bounded work, as of `pageEvents`: a page may be short, or empty, although
   * there is more.
   */
  listAllSessions(query: ListAllSessions): Promise<SessionPage>;

  /**
   * Ends at most `limit` sessions, of whomever: to be called until there is no more. The call that leaves none writes one
   * event, of all that went. The feed learns of it session by session, or by the keys that are revoked before and behind this.
   */
  endEverySession(input: EndEverySession): Promise<EverySessionEnded>;
}

export interface ListAllSessions {
  readonly subject?: Subject | undefined;
  readonly transport?: Transport | undefined;
  /** The `next` of an earlier page; `null` for the first. */
  readonly cursor: SessionCursor | null;
  readonly limit: number;
}

/** A place in the order of creation. */
export interface SessionCursor {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly sid: Sid;
}

export interface SessionPage {
  readonly sessions: readonly Session[];
  /** Where to go on; `null` where there is no more. */
  readonly next: SessionCursor | null;
}

export interface EndEverySession {
  readonly limit: number;
  /** How many the calls before this one have ended. */
  readonly endedBefore: number;
  /** Whether the feed is told of each: where no key is revoked behind this. */
  readonly tellEach: boolean;
  readonly context: EventContext | null;
}

export interface EverySessionEnded {
  /** How many were live until now. */
  readonly ended: number;
  readonly more: boolean;
}

export interface OpenSession {
  readonly sid: Sid;
  readonly locatorHash: LocatorHash;
  /**
   * - `known`: the password was checked against what the ledger held at `claimsVersion`.
   * - `external`: the application checked its own user, whose row is written here. `claimsVersion` is what the ledger
   *   held before the check: `null` for no row, `"unchecked"` where the application vouches for the moment itself.
   */
  readonly user:
    | { readonly kind: "known"; readonly subject: Subject; readonly claimsVersion: number }
    | {
        readonly kind: "external";
        readonly subject: Subject;
        readonly username: string | null;
        readonly canonicalUsername: CanonicalUsername | null;
        readonly roles: readonly string[];
        readonly claimsVersion: number | null | "unchecked";
      };
  /** What the user typed at this sign-in, for people to read. */
  readonly username: string | null;
  readonly transport: Transport;
  readonly remember: boolean;
  readonly clientId: string;
  readonly audience: string | null;
  readonly amr: readonly string[];
  readonly inactivitySeconds: number;
  readonly lifetimeSeconds: number;
  readonly sessionLimit: number;
  readonly deviceName: string | null;
  readonly context: EventContext;
}

export type SessionOpened =
  | { readonly outcome: "opened"; readonly session: Session; readonly now: number }
  /** Something about the user was decided while the password was being checked: check it again. */
  | { readonly outcome: "claims_moved" }
  | { readonly outcome: "disabled"; readonly subject: Subject }
  /** No such user, or deleted. */
  | { readonly outcome: "unknown" };

export interface PresentedHandle {
  readonly locatorHash: LocatorHash;
  readonly counter: number;
}

export type SessionResolved =
  | { readonly outcome: "live"; readonly session: Session; readonly now: number }
  | { readonly outcome: "unknown" }
  | { readonly outcome: "ended"; readonly sid: Sid; readonly subject: Subject; readonly reason: EndReason }
  /** An older generation: the user has re-authenticated since. */
  | { readonly outcome: "superseded"; readonly sid: Sid; readonly subject: Subject };

export type SessionTouched = { readonly outcome: "touched" | "recent" | "ended" | "unknown" };

export interface TouchSession {
  readonly sid: Sid;
  /** How long ago it was active, in whole milliseconds. */
  readonly agoMs: number;
}

export interface SessionsTouched {
  readonly touched: number;
}

export interface Redeem extends PresentedHandle {
  /** SHA-256 of the request's `Idempotency-Key`, base64url. */
  readonly idempotencyKeyHash: string | null;
  /** A refresh that no user asked for is no activity. */
  readonly background: boolean;
  /** Redeem only if the session is for this audience, or for all. */
  readonly audience?: string | undefined;
  readonly context: EventContext;
}

export type Redeemed =
  | { readonly outcome: "rotated" | "repeated"; readonly session: Session; readonly now: number }
  | { readonly outcome: "unknown" }
  | { readonly outcome: "revoked"; readonly sid: Sid; readonly subject: Subject; readonly reason: EndReason }
  | { readonly outcome: "expired"; readonly sid: Sid; readonly subject: Subject; readonly reason: EndReason }
  /** The token is good, and stays so: the session is for another audience. */
  | { readonly outcome: "other_audience"; readonly sid: Sid; readonly subject: Subject }
  /** This presentation ended the session. */
  | { readonly outcome: "reused"; readonly sid: Sid; readonly subject: Subject };

export interface ReauthenticateSession {
  readonly sid: Sid;
  readonly subject: Subject;
  /** As the ledger held it before the password was checked. */
  readonly claimsVersion: number;
  /**
   * The generation of the session token that was presented, on a cookie's session. Of two that are presented at once
   * one moves the counter, and both get the token that is current then: a browser keeps whichever answer comes last.
   */
  readonly presented?: number | undefined;
  /** How presence was proved this time; as before where it is left out. */
  readonly amr?: readonly string[] | undefined;
  readonly context: EventContext;
}

export type SessionReauthenticated =
  | { readonly outcome: "reauthenticated"; readonly session: Session; readonly now: number }
  | { readonly outcome: "claims_moved" | "ended" | "unknown" };

export interface AmendSession {
  readonly sid: Sid;
  readonly version: number;
  /** JSON text of an object, at most 4 KiB. */
  readonly data: string;
}

export type SessionAmended =
  | { readonly outcome: "amended"; readonly version: number }
  | { readonly outcome: "conflict"; readonly version: number }
  | { readonly outcome: "revoked" | "unknown" };

export interface RevokeSession {
  readonly sid: Sid;
  readonly subject: Subject | null;
  readonly reason: EndReason;
  readonly context: EventContext | null;
}

export type SessionRevoked = { readonly outcome: "revoked" | "already_ended" | "unknown" };

export interface RevokeSessions {
  readonly subject: Subject;
  readonly except: Sid | null;
  readonly reason: EndReason;
  readonly context: EventContext | null;
}

export type SessionsRevoked =
  | { readonly outcome: "revoked"; readonly ended: number; readonly claimsVersion: number }
  | { readonly outcome: "unknown" };

export interface SessionRecord {
  readonly session: Session;
  readonly endedAt: number | null;
  readonly endReason: EndReason | null;
  /** JSON text of the application's data. */
  readonly data: string;
  readonly dataVersion: number;
}
