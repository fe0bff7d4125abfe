import { ranOut } from "@counterfoil/core";
import type { EndReason, EventContext, NewEvent, Sid, Subject } from "@counterfoil/core";
import type { MemoryState, StoredSession } from "./state.ts";

export interface End {
  readonly reason: EndReason;
  readonly now: number;
  readonly context: EventContext | null;
}

/** Writes the end of a live session. Nothing ever takes an end back. */
export function endSession(state: MemoryState, session: StoredSession, { reason, now, context }: End): void {
  const { sid, subject } = session;
  state.keep({ ...session, endedAt: now, endReason: reason });
  state.open.get(subject)?.delete(sid);
  state.tell(now, { body: { type: "session_ended", reason }, subject, sid, context });
}

/** The same by a decision, so that the tokens which are out are refused too. */
export function revoke(state: MemoryState, session: StoredSession, end: End, ...before: readonly NewEvent[]): void {
  state.tell(end.now, ...before);
  endSession(state, session, end);
  state.revoke(end.now, end.reason, { type: "session-revoked", sid: session.sid });
}

export interface Whose {
  readonly sid: Sid;
  /** Somebody else's session is not there. `null`: whoever's. */
  readonly subject: Subject | null;
  readonly context: EventContext | null;
}

/** The session if it is live. A clock that has run out is written as its end. */
export function findLive(
  state: MemoryState,
  { sid, subject, context }: Whose,
): { session: StoredSession; now: number } | "ended" | "unknown" {
  const session = state.sessions.get(sid);
  if (session === undefined || (subject !== null && subject !== session.subject)) return "unknown";
  if (session.endedAt !== null) return "ended";
  const now = state.now();
  const reason = ranOut(session, now);
  if (reason === null) return { session, now };
  endSession(state, session, { reason, now, context });
  return "ended";
}

/** The sessions of a user that have no end. */
export function openSessionsOf(state: MemoryState, subject: Subject): StoredSession[] {
  return [...(state.open.get(subject) ?? [])].flatMap((sid) => state.sessions.get(sid) ?? []);
}

/** Ends all sessions of a user but one; the feed learns of it by the user's new version. */
export function endSessionsOf(state: MemoryState, subject: Subject, except: Sid | null, end: End): number {
  const { reason, now, context } = end;
  let ended = 0;
  for (const session of openSessionsOf(state, subject)) {
    if (session.sid === except) continue;
    // One whose clock had run out before was over already: it keeps its own reason.
    const over = ranOut(session, now);
    endSession(state, session, { ...end, reason: over ?? reason });
    if (over === null) ended += 1;
  }
  state.tell(now, { body: { type: "all_sessions_ended", reason, ended }, subject, sid: null, context });
  return ended;
}
