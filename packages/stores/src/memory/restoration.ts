import { ranOut } from "@counterfoil/core";
import type { RevocationsRestored, Sid, Subject } from "@counterfoil/core";
import type { FeedEntry } from "@counterfoil/protocol";
import { endReason, restoredUser, sortEntries } from "../rule/restoration.ts";
import type { ClaimsEntry, SessionEntry } from "../rule/restoration.ts";
import { endSigningKey } from "./keys.ts";
import { endSession, endSessionsOf } from "./session-end.ts";
import type { MemoryState, StoredUser } from "./state.ts";
import { keepUser } from "./user-row.ts";

/** See `LogLedger.restoreRevocations`. */
export function restoreRevocations(state: MemoryState, entries: readonly FeedEntry[]): RevocationsRestored {
  const byText = new Map(entries.map((entry) => [JSON.stringify(entry), entry]));
  for (const { entry } of state.revocations) byText.delete(JSON.stringify(entry));
  const lost = [...byText.values()];
  if (lost.length === 0) return { outcome: "nothing_lost" };
  const { sessions, users, keys } = sortEntries(lost);
  const now = state.now();
  const counts = { sessions: 0, users: 0, keys: 0 };
  for (const [sub, changes] of users) {
    const user = state.users.get(sub as Subject);
    const ended = user === undefined ? null : restoreUser(state, now, user, changes);
    if (ended === null) continue;
    counts.users++;
    counts.sessions += ended;
  }
  for (const entry of sessions) if (restoreEnd(state, now, entry)) counts.sessions++;
  for (const { kid } of keys) {
    if (endSigningKey(state, { kid, to: "revoked" }).outcome === "ended") counts.keys++;
  }
  for (const entry of lost) state.tellFeed(now, entry);
  const body = { type: "revocations_restored", ...counts } as const;
  state.tell(now, { body, subject: null, sid: null, context: null });
  return { outcome: "restored", ...counts };
}

/** @returns how many of the user's sessions ended; `null` if nothing was lost */
function restoreUser(
  state: MemoryState,
  now: number,
  user: StoredUser,
  changes: readonly ClaimsEntry[],
): number | null {
  const { subject } = user;
  const restored = restoredUser(user.claimsVersion, changes, toldVersions(state, subject));
  if (restored === null) return null;
  const { claimsVersion, ending } = restored;
  const disables = restored.disabled && !user.disabled && !user.deleted;
  keepUser(state, { ...user, claimsVersion, disabled: user.disabled || disables });
  if (!changes.some(({ claims_version }) => claims_version === claimsVersion)) {
    const fact = { type: "claims-changed", sub: subject, claims_version: claimsVersion } as const;
    state.revoke(now, ending ?? "roles_changed", fact);
  }
  if (disables) {
    state.passwordCodes.delete(subject);
    state.tell(now, { body: { type: "user_disabled" }, subject, sid: null, context: null });
  }
  return ending === null ? 0 : endSessionsOf(state, subject, null, { reason: ending, now, context: null });
}

/** The versions of the user of which the log tells. */
function toldVersions(state: MemoryState, subject: Subject): ReadonlySet<number> {
  const told = state.revocations.flatMap(({ entry }) =>
    entry.type === "claims-changed" && entry.sub === subject ? [entry.claims_version] : [],
  );
  return new Set(told);
}

/** @returns whether the session was live until now */
function restoreEnd(state: MemoryState, now: number, entry: SessionEntry): boolean {
  const session = state.sessions.get(entry.sid as Sid);
  if (session === undefined || session.endedAt !== null) return false;
  const over = ranOut(session, now);
  endSession(state, session, { reason: over ?? endReason(entry), now, context: null });
  return over === null;
}
