import { ranOut } from "@counterfoil/core";
import type {
  LocatorHash,
  PresentedHandle,
  Session,
  SessionRecord,
  SessionResolved,
  Sid,
  Subject,
} from "@counterfoil/core";
import { endSession, openSessionsOf } from "./session-end.ts";
import type { MemoryState, StoredSession, StoredUser } from "./state.ts";

/** With the user's roles of now. */
export function toSession(stored: StoredSession, { roles, claimsVersion }: StoredUser): Session {
  return {
    sid: stored.sid,
    subject: stored.subject,
    username: stored.username,
    transport: stored.transport,
    remember: stored.remember,
    clientId: stored.clientId,
    audience: stored.audience,
    amr: stored.amr,
    authTime: stored.authTime,
    createdAt: stored.createdAt,
    lastActiveAt: stored.lastActiveAt,
    inactivitySeconds: stored.inactivitySeconds,
    expiresAt: stored.expiresAt,
    userAgent: stored.userAgent,
    deviceName: stored.deviceName,
    counter: stored.counter,
    roles,
    claimsVersion,
  };
}

/** The session as it is kept now. */
export function sessionNow(state: MemoryState, stored: StoredSession): Session {
  const user = state.users.get(stored.subject);
  if (user === undefined) throw new TypeError("a session's user is never taken away");
  return toSession(state.sessions.get(stored.sid) ?? stored, user);
}

/** See `SessionLedger.resolveSession`. */
export function resolveSession(state: MemoryState, handle: PresentedHandle): SessionResolved {
  const session = presented(state, handle.locatorHash, "cookie");
  if (session === undefined) return { outcome: "unknown" };
  const { sid, subject } = session;
  if (session.endReason !== null) return { outcome: "ended", sid, subject, reason: session.endReason };
  const now = state.now();
  const reason = ranOut(session, now);
  if (reason !== null) {
    endSession(state, session, { reason, now, context: null });
    return { outcome: "ended", sid, subject, reason };
  }
  if (handle.counter < session.counter) return { outcome: "superseded", sid, subject };
  if (handle.counter > session.counter) {
    state.keep({ ...session, counter: handle.counter });
    const body = { type: "ledger_behind", presented: handle.counter, counter: session.counter } as const;
    state.tell(now, { body, subject, sid, context: null });
  }
  return { outcome: "live", session: sessionNow(state, session), now };
}

/** The session behind a handle of that transport. Each kind of handle opens its own kind of session only. */
export function presented(
  state: MemoryState,
  locatorHash: LocatorHash,
  transport: Session["transport"],
): StoredSession | undefined {
  const sid = state.locators.get(locatorHash);
  const session = sid === undefined ? undefined : state.sessions.get(sid);
  return session?.transport === transport ? session : undefined;
}

/** See `SessionLedger.findSession`. */
export function findSession(state: MemoryState, locatorHash: LocatorHash): SessionRecord | null {
  const sid = state.locators.get(locatorHash);
  return sid === undefined ? null : readSession(state, sid);
}

/** See `SessionLedger.readSession`. */
export function readSession(state: MemoryState, sid: Sid): SessionRecord | null {
  const stored = state.sessions.get(sid);
  if (stored === undefined) return null;
  const { endedAt, endReason, data, dataVersion } = stored;
  return { session: sessionNow(state, stored), endedAt, endReason, data, dataVersion };
}

/** See `SessionLedger.listSessions`. */
export function listSessions(state: MemoryState, subject: Subject): readonly Session[] {
  const now = state.now();
  return openSessionsOf(state, subject)
    .filter((session) => ranOut(session, now) === null)
    .toSorted((left, right) => right.createdAt - left.createdAt || (left.sid < right.sid ? -1 : 1))
    .map((session) => sessionNow(state, session));
}
