import { ranOut } from "@counterfoil/core";
import type { ListAllSessions, Session, SessionPage } from "@counterfoil/core";
import { MOST_SESSIONS_LOOKED_AT } from "../rule/page.ts";
import { sessionNow } from "./session-read.ts";
import type { MemoryState, StoredSession } from "./state.ts";

/** See `SessionLedger.listAllSessions`. */
export function listAllSessions(state: MemoryState, query: ListAllSessions): SessionPage {
  const { subject, transport, limit } = query;
  const now = state.now();
  const found = [...state.sessions.values()]
    .filter((session) => session.endedAt === null && (subject === undefined || session.subject === subject))
    .filter((session) => isBehind(session, query))
    .toSorted((left, right) => right.createdAt - left.createdAt || (left.sid < right.sid ? 1 : -1));
  const sessions: Session[] = [];
  for (const [index, stored] of found.entries()) {
    const next = { createdAt: stored.createdAt, sid: stored.sid };
    if (ranOut(stored, now) === null && (transport === undefined || stored.transport === transport)) {
      sessions.push(sessionNow(state, stored));
    }
    if (sessions.length === limit || index + 1 === MOST_SESSIONS_LOOKED_AT) return { sessions, next };
  }
  return { sessions, next: null };
}

function isBehind({ createdAt, sid }: StoredSession, { cursor }: ListAllSessions): boolean {
  return cursor === null || createdAt < cursor.createdAt || (createdAt === cursor.createdAt && sid < cursor.sid);
}
