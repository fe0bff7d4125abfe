import { ranOut, StoreError } from "@counterfoil/core";
import type { OpenSession, SessionOpened } from "@counterfoil/core";
import { overLimit } from "../rule/limit.ts";
import { checkedRoles, sameRoles } from "../rule/roles.ts";
import { cutUserAgent } from "../rule/user-agent.ts";
import { endSession, openSessionsOf, revoke } from "./session-end.ts";
import { toSession } from "./session-read.ts";
import type { MemoryState, StoredSession, StoredUser } from "./state.ts";
import { decide, findLiveUser, keepUser } from "./user-row.ts";

type Refused = Exclude<SessionOpened, { outcome: "opened" }>;

/** See `SessionLedger.openSession`. */
export function openSession(state: MemoryState, input: OpenSession): SessionOpened {
  if (state.sessions.has(input.sid) || state.locators.has(input.locatorHash)) {
    throw new StoreError("A session with that id or locator exists: both must be random.");
  }
  const user = input.user.kind === "known" ? admit(state, input.user) : admitExternal(state, input.user, input);
  if ("outcome" in user) return user;
  const now = state.now();
  makeRoom(state, input, now);
  const session = newSession(input, now);
  const { sid, subject } = session;
  state.keep(session);
  state.locators.set(input.locatorHash, sid);
  state.open.set(subject, (state.open.get(subject) ?? new Set()).add(sid));
  const body = { type: "session_opened", transport: input.transport, remember: input.remember } as const;
  state.tell(now, { body, subject, sid, context: input.context });
  return { outcome: "opened", session: toSession(session, user), now };
}

function admit(
  state: MemoryState,
  { subject, claimsVersion }: Extract<OpenSession["user"], { kind: "known" }>,
): Refused | StoredUser {
  const user = findLiveUser(state, subject);
  if (user === undefined) return { outcome: "unknown" };
  if (user.claimsVersion !== claimsVersion) return { outcome: "claims_moved" };
  if (user.disabled) return { outcome: "disabled", subject };
  return user;
}

function admitExternal(
  state: MemoryState,
  external: Extract<OpenSession["user"], { kind: "external" }>,
  { context }: OpenSession,
): Refused | StoredUser {
  const { subject, claimsVersion } = external;
  const roles = checkedRoles(external.roles);
  const user = state.users.get(subject);
  if (user?.deleted === true) return { outcome: "unknown" };
  if (user === undefined) {
    if (typeof claimsVersion === "number") return { outcome: "claims_moved" };
    const now = state.now();
    // The name is for finding the user by; where another has it, this one is found by its subject alone.
    const name = external.canonicalUsername;
    const added: StoredUser = {
      subject,
      username: external.username,
      canonicalUsername: name === null || state.names.has(name) ? null : name,
      passwordHash: null,
      roles,
      claimsVersion: 1,
      disabled: false,
      deleted: false,
      createdAt: now,
    };
    keepUser(state, added);
    state.tell(now, { body: { type: "user_created" }, subject, sid: null, context });
    return added;
  }
  if (claimsVersion !== "unchecked" && claimsVersion !== user.claimsVersion) return { outcome: "claims_moved" };
  if (user.disabled) return { outcome: "disabled", subject };
  if (sameRoles(user.roles, roles)) return user;
  const now = state.now();
  const changed = decide(state, user, now, "roles_changed", { roles });
  state.tell(now, { body: { type: "roles_changed", from: user.roles, to: roles }, subject, sid: null, context });
  return changed;
}

function makeRoom(state: MemoryState, { user, sessionLimit, context }: OpenSession, now: number): void {
  const live = [];
  for (const session of openSessionsOf(state, user.subject)) {
    const reason = ranOut(session, now);
    if (reason === null) live.push(session);
    else endSession(state, session, { reason, now, context });
  }
  for (const session of overLimit(live, sessionLimit)) {
    revoke(state, session, { reason: "session_limit", now, context });
  }
}

function newSession(input: OpenSession, now: number): StoredSession {
  return {
    sid: input.sid,
    locatorHash: input.locatorHash,
    subject: input.user.subject,
    username: input.username,
    transport: input.transport,
    remember: input.remember,
    clientId: input.clientId,
    audience: input.audience,
    amr: [...input.amr],
    authTime: now,
    createdAt: now,
    lastActiveAt: now,
    inactivitySeconds: input.inactivitySeconds,
    expiresAt: now + input.lifetimeSeconds * 1000,
    userAgent: cutUserAgent(input.context.userAgent),
    deviceName: input.deviceName,
    counter: 0,
    issuedAt: now,
    seen: false,
    rotationKey: null,
    data: "{}",
    dataVersion: 0,
    endedAt: null,
    endReason: null,
  };
}
