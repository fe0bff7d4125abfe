import type {
  CanonicalUsername,
  CreateUser,
  DeleteUser,
  EventBody,
  EventContext,
  PasswordRehashed,
  RehashPassword,
  SetDisabled,
  SetRoles,
  Subject,
  UserChanged,
  UserCreated,
  UserWithPassword,
} from "@counterfoil/core";
import { checkedRoles, sameRoles } from "../rule/roles.ts";
import { endSessionsOf } from "./session-end.ts";
import type { MemoryState, StoredUser } from "./state.ts";
import { decide, findLiveUser, keepUser, toUser } from "./user-row.ts";

/** See `UserLedger`, also for all below. */
export function createUser(state: MemoryState, input: CreateUser): UserCreated {
  const { subject, username, canonicalUsername, passwordHash, context } = input;
  const roles = checkedRoles(input.roles);
  const now = state.now();
  const holder = state.names.get(canonicalUsername);
  if (holder !== undefined && context !== null) tell(state, now, holder, { type: "username_taken" }, context);
  if (holder !== undefined || state.users.has(subject)) return { outcome: "taken" };
  const user: StoredUser = {
    subject,
    username,
    canonicalUsername,
    passwordHash,
    roles,
    claimsVersion: 1,
    disabled: false,
    deleted: false,
    createdAt: now,
  };
  keepUser(state, user);
  tell(state, now, subject, { type: "user_created" }, context);
  return { outcome: "created", user: toUser(user) };
}

export function findUser(state: MemoryState, username: CanonicalUsername): UserWithPassword | null {
  const subject = state.names.get(username);
  return subject === undefined ? null : readUser(state, subject);
}

export function readUser(state: MemoryState, subject: Subject): UserWithPassword | null {
  const user = findLiveUser(state, subject);
  return user === undefined ? null : { user: toUser(user), passwordHash: user.passwordHash };
}

export function setRoles(state: MemoryState, { subject, roles, context }: SetRoles): UserChanged {
  const to = checkedRoles(roles);
  const user = findLiveUser(state, subject);
  if (user === undefined) return { outcome: "unknown" };
  const from = user.roles;
  if (sameRoles(from, to)) return { outcome: "unchanged" };
  const now = state.now();
  const { claimsVersion } = decide(state, user, now, "roles_changed", { roles: to });
  tell(state, now, subject, { type: "roles_changed", from, to }, context);
  return { outcome: "changed", claimsVersion };
}

export function setDisabled(state: MemoryState, { subject, disabled, context }: SetDisabled): UserChanged {
  const user = findLiveUser(state, subject);
  if (user === undefined) return { outcome: "unknown" };
  if (user.disabled === disabled) return { outcome: "unchanged" };
  const now = state.now();
  if (!disabled) {
    // Takes nothing from anybody, so there is no token or sign-in that a higher version must refuse.
    keepUser(state, { ...user, disabled });
    tell(state, now, subject, { type: "user_enabled" }, context);
    return { outcome: "changed", claimsVersion: user.claimsVersion };
  }
  const { claimsVersion } = decide(state, user, now, "disabled", { disabled });
  state.passwordCodes.delete(subject);
  tell(state, now, subject, { type: "user_disabled" }, context);
  endSessionsOf(state, subject, null, { reason: "disabled", now, context });
  return { outcome: "changed", claimsVersion };
}

export function deleteUser(state: MemoryState, { subject, context }: DeleteUser): UserChanged {
  const user = findLiveUser(state, subject);
  if (user === undefined) return { outcome: "unknown" };
  const now = state.now();
  const nothing = { username: null, canonicalUsername: null, passwordHash: null, roles: [] };
  const { claimsVersion } = decide(state, user, now, "deleted", { ...nothing, deleted: true });
  state.passwordCodes.delete(subject);
  tell(state, now, subject, { type: "user_deleted" }, context);
  endSessionsOf(state, subject, null, { reason: "deleted", now, context });
  return { outcome: "changed", claimsVersion };
}

export function rehashPassword(state: MemoryState, { subject, from, to }: RehashPassword): PasswordRehashed {
  const user = findLiveUser(state, subject);
  if (user?.passwordHash !== from) return { outcome: "unchanged" };
  keepUser(state, { ...user, passwordHash: to });
  return { outcome: "rehashed" };
}

function tell(state: MemoryState, now: number, subject: Subject, body: EventBody, context: EventContext | null): void {
  state.tell(now, { body, subject, sid: null, context });
}
