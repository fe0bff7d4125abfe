import { ranOut } from "@counterfoil/core";
import type { Purge, Purged } from "@counterfoil/core";
import type { MemoryState, StoredSession } from "./state.ts";

/** See `Ledger.purge`. */
export function purge(state: MemoryState, input: Purge): Purged {
  const now = state.now();
  return {
    sessions: purgeSessions(state, now - input.keepEndedSessionsSeconds * 1000, input.limit),
    revocations: purgeRevocations(state, now, input.limit),
    attempts: purgeAttempts(state, now, input.limit),
    events: purgeEvents(state, now - input.keepEventsSeconds * 1000, input.limit),
    passwordCodes: purgePasswordCodes(state, now, input.limit),
  };
}

function purgeSessions(state: MemoryState, before: number, limit: number): number {
  const isDead = (session: StoredSession) =>
    session.endedAt === null ? ranOut(session, before) !== null : session.endedAt <= before;
  const dead = [...state.sessions.values()].filter(isDead).slice(0, limit);
  for (const { sid, subject, locatorHash } of dead) {
    state.sessions.delete(sid);
    state.locators.delete(locatorHash);
    state.open.get(subject)?.delete(sid);
  }
  return dead.length;
}

function purgeRevocations(state: MemoryState, now: number, limit: number): number {
  const dead = state.revocations.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now).slice(0, limit);
  const gone = new Set(dead.map(({ id }) => id));
  state.revocations = state.revocations.filter(({ id }) => !gone.has(id));
  return dead.length;
}

/** A full bucket is as good as none, and so is what is known no more. */
function purgeAttempts(state: MemoryState, now: number, limit: number): number {
  const full = [...state.fullAt].filter(([, fullAt]) => fullAt <= now).slice(0, limit);
  for (const [key] of full) state.fullAt.delete(key);
  return full.length;
}

/** The newest stays, as on SQLite. */
function purgeEvents(state: MemoryState, before: number, limit: number): number {
  const old = state.events
    .slice(0, -1)
    .filter(({ at }) => at <= before)
    .slice(0, limit);
  const gone = new Set(old.map(({ id }) => id));
  state.events = state.events.filter(({ id }) => !gone.has(id));
  return old.length;
}

function purgePasswordCodes(state: MemoryState, now: number, limit: number): number {
  const dead = [...state.passwordCodes].filter(([, { expiresAt }]) => expiresAt <= now).slice(0, limit);
  for (const [subject] of dead) state.passwordCodes.delete(subject);
  return dead.length;
}
