import type { RevocationReason, Subject, User } from "@counterfoil/core";
import type { MemoryState, StoredUser } from "./state.ts";

/** A deleted user is none. */
export function findLiveUser(state: MemoryState, subject: Subject): StoredUser | undefined {
  const user = state.users.get(subject);
  return user?.deleted === false ? user : undefined;
}

export function keepUser(state: MemoryState, user: StoredUser): void {
  const before = state.users.get(user.subject)?.canonicalUsername ?? null;
  if (before !== null) state.names.delete(before);
  state.users.set(user.subject, user);
  if (user.canonicalUsername !== null) state.names.set(user.canonicalUsername, user.subject);
}

/** Writes a decision about the user: it raises the version, and tells the feed once. */
export function decide(
  state: MemoryState,
  user: StoredUser,
  now: number,
  reason: RevocationReason,
  changes: Partial<Omit<StoredUser, "subject" | "claimsVersion">>,
): StoredUser {
  const claimsVersion = user.claimsVersion + 1;
  const decided = { ...user, ...changes, claimsVersion };
  keepUser(state, decided);
  state.revoke(now, reason, { type: "claims-changed", sub: user.subject, claims_version: claimsVersion });
  return decided;
}

export function toUser({ subject, username, roles, claimsVersion, disabled, createdAt }: StoredUser): User {
  return { subject, username, roles, claimsVersion, disabled, createdAt };
}
