import { ranOut } from "@counterfoil/core";
import type {
  AmendSession,
  EndEverySession,
  EverySessionEnded,
  ReauthenticateSession,
  RevokeSession,
  RevokeSessions,
  Session,
  SessionAmended,
  SessionReauthenticated,
  SessionRevoked,
  SessionsRevoked,
  SessionsTouched,
  SessionTouched,
  Sid,
  TouchSession,
} from "@counterfoil/core";
import { activeAt, isRecent } from "../rule/activity.ts";
import { provedAmr } from "../rule/amr.ts";
import { endSession, endSessionsOf, findLive, revoke } from "./session-end.ts";
import { sessionNow } from "./session-read.ts";
import type { MemoryState, StoredSession, StoredUser } from "./state.ts";
import { decide, findLiveUser } from "./user-row.ts";

/** See `SessionLedger`, also for all below. */
export function touchSession(state: MemoryState, sid: Sid): SessionTouched {
  const live = findLive(state, { sid, subject: null, context: null });
  if (typeof live === "string") return { outcome: live };
  const { session, now } = live;
  if (isRecent(session.lastActiveAt, now)) return { outcome: "recent" };
  state.keep({ ...session, lastActiveAt: now });
  return { outcome: "touched" };
}

export function touchSessions(state: MemoryState, touches: readonly TouchSession[]): SessionsTouched {
  const now = state.now();
  let touched = 0;
  for (const { sid, agoMs } of touches) {
    const session = state.sessions.get(sid);
    const at = now - agoMs;
    if (session === undefined || session.endedAt !== null || ranOut(session, at) !== null) continue;
    if (isRecent(session.lastActiveAt, at)) continue;
    state.keep({ ...session, lastActiveAt: at });
    touched++;
  }
  return { touched };
}

export function amendSession(state: MemoryState, input: AmendSession): SessionAmended {
  const live = findLive(state, { sid: input.sid, subject: null, context: null });
  if (typeof live === "string") return { outcome: live === "ended" ? "revoked" : "unknown" };
  const { session, now } = live;
  const { sid, subject, dataVersion } = session;
  if (dataVersion !== input.version) return { outcome: "conflict", version: dataVersion };
  const version = dataVersion + 1;
  state.keep({ ...session, data: input.data, dataVersion: version });
  state.tell(now, { body: { type: "session_amended", version }, subject, sid, context: null });
  return { outcome: "amended", version };
}

export function reauthenticateSession(state: MemoryState, input: ReauthenticateSession): SessionReauthenticated {
  const found = findForProof(state, input);
  if ("outcome" in found) return found;
  // What another has just proved as well is decided already: again, it would only send a third one back to its check.
  const settled = found.moved && found.amr === null;
  const session = settled ? sessionNow(state, found.session) : proveAgain(state, found, input, {});
  return { outcome: "reauthenticated", session, now: found.now };
}

/** A session in which the user has just proved presence. */
interface Proving {
  readonly user: StoredUser;
  readonly session: StoredSession;
  /** Another re-authentication with the same session token has moved the counter already. */
  readonly moved: boolean;
  /** What the session's methods become; `null` where they stay as they are. */
  readonly amr: readonly string[] | null;
  readonly now: number;
}

export function findForProof(
  state: MemoryState,
  { sid, subject, claimsVersion, presented, amr, context }: ReauthenticateSession,
): Proving | Exclude<SessionReauthenticated, { readonly outcome: "reauthenticated" }> {
  const user = findLiveUser(state, subject);
  if (user === undefined) return { outcome: "unknown" };
  const live = findLive(state, { sid, subject, context });
  if (typeof live === "string") return { outcome: live };
  if (claimsVersion !== user.claimsVersion) return { outcome: "claims_moved" };
  const { session, now } = live;
  const behind = session.transport === "cookie" && presented !== undefined ? session.counter - presented : 0;
  if (behind > 1) return { outcome: "ended" };
  const moved = behind === 1;
  return { user, session, moved, amr: provedAmr(session.amr, amr, moved), now };
}

/** Keeps the proof, and whatever else it decides about the user. */
export function proveAgain(
  state: MemoryState,
  { user, session, moved, amr, now }: Proving,
  { context }: Pick<ReauthenticateSession, "context">,
  decided: Partial<Pick<StoredUser, "passwordHash">>,
): Session {
  const { sid, subject } = session;
  // Other servers may hold the session in memory; the feed makes them ask again.
  const reason = decided.passwordHash === undefined ? "reauthenticated" : "password_changed";
  decide(state, user, now, reason, decided);
  state.keep({
    ...session,
    authTime: now,
    amr: amr === null ? session.amr : [...amr],
    lastActiveAt: activeAt(session.lastActiveAt, now),
    counter: session.transport === "cookie" && !moved ? session.counter + 1 : session.counter,
  });
  state.tell(now, { body: { type: "session_reauthenticated" }, subject, sid, context });
  return sessionNow(state, session);
}

export function revokeSession(state: MemoryState, input: RevokeSession): SessionRevoked {
  const { sid, subject, reason, context } = input;
  const session = state.sessions.get(sid);
  if (session === undefined || (subject !== null && subject !== session.subject)) return { outcome: "unknown" };
  if (session.endedAt !== null) return { outcome: "already_ended" };
  const now = state.now();
  const over = ranOut(session, now);
  if (over === null) {
    revoke(state, session, { reason, now, context });
    return { outcome: "revoked" };
  }
  endSession(state, session, { reason: over, now, context });
  // Somebody wants it gone: a token that was minted in the background until just now goes with it.
  state.revoke(now, over, { type: "session-revoked", sid });
  return { outcome: "already_ended" };
}

export function revokeSessions(state: MemoryState, input: RevokeSessions): SessionsRevoked {
  const { subject, except, reason, context } = input;
  const user = findLiveUser(state, subject);
  if (user === undefined) return { outcome: "unknown" };
  const now = state.now();
  const { claimsVersion } = decide(state, user, now, reason, {});
  return { outcome: "revoked", ended: endSessionsOf(state, subject, except, { reason, now, context }), claimsVersion };
}

export function endEverySession(state: MemoryState, input: EndEverySession): EverySessionEnded {
  const { limit, endedBefore, tellEach, context } = input;
  const now = state.now();
  const batch = [...state.sessions.values()].filter((session) => session.endedAt === null).slice(0, limit);
  let ended = 0;
  for (const session of batch) {
    const { sid, subject } = session;
    const over = ranOut(session, now);
    state.keep({ ...session, endedAt: now, endReason: over ?? "everybody" });
    state.open.get(subject)?.delete(sid);
    if (tellEach) state.revoke(now, "everybody", { type: "session-revoked", sid });
    if (over === null) ended += 1;
  }
  const more = batch.length === limit;
  if (!more) {
    const body = { type: "every_session_ended", ended: endedBefore + ended } as const;
    state.tell(now, { body, subject: null, sid: null, context });
  }
  return { ended, more };
}
