import type {
  ChangePassword,
  EventContext,
  IssuePasswordCode,
  PasswordCodeHash,
  PasswordCodeIssued,
  PasswordCodeRedeemed,
  RedeemPasswordCode,
  SessionReauthenticated,
  Subject,
  User,
} from "@counterfoil/core";
import { findForProof, proveAgain } from "./session-change.ts";
import { endSessionsOf } from "./session-end.ts";
import type { MemoryState, StoredUser } from "./state.ts";
import { decide, findLiveUser, toUser } from "./user-row.ts";

/** See `UserLedger`, also for all below. */
export function issuePasswordCode(state: MemoryState, input: IssuePasswordCode): PasswordCodeIssued {
  const { subject, codeHash, dropPassword, context } = input;
  const user = findLiveUser(state, subject);
  if (user === undefined) return { outcome: "unknown" };
  const now = state.now();
  const expiresAt = now + input.ttlSeconds * 1000;
  state.passwordCodes.set(subject, { codeHash, expiresAt });
  if (dropPassword) decide(state, user, now, "password_changed", { passwordHash: null });
  const body = { type: "password_code_issued", passwordDropped: dropPassword } as const;
  state.tell(now, { body, subject, sid: null, context });
  if (dropPassword) endSessionsOf(state, subject, null, { reason: "password_changed", now, context });
  return { outcome: "issued", expiresAt };
}

export function findPasswordCode(state: MemoryState, codeHash: PasswordCodeHash): User | null {
  const user = ownerOf(state, codeHash);
  return user === undefined ? null : toUser(user);
}

export function redeemPasswordCode(state: MemoryState, input: RedeemPasswordCode): PasswordCodeRedeemed {
  const { codeHash, passwordHash, context } = input;
  const user = ownerOf(state, codeHash);
  if (user === undefined) return { outcome: "unknown" };
  const { subject } = user;
  const now = state.now();
  const { claimsVersion } = decide(state, user, now, "password_changed", { passwordHash });
  passwordSet(state, subject, now, context);
  endSessionsOf(state, subject, null, { reason: "password_changed", now, context });
  return { outcome: "set", subject, claimsVersion };
}

export function changePassword(state: MemoryState, input: ChangePassword): SessionReauthenticated {
  const { sid, subject, passwordHash, context } = input;
  const found = findForProof(state, input);
  if ("outcome" in found) return found;
  const session = proveAgain(state, found, input, { passwordHash });
  const { now } = found;
  passwordSet(state, subject, now, context);
  endSessionsOf(state, subject, sid, { reason: "password_changed", now, context });
  return { outcome: "reauthenticated", session, now };
}

/** A code that was issued for the password before is good no more. */
function passwordSet(state: MemoryState, subject: Subject, now: number, context: EventContext | null): void {
  state.passwordCodes.delete(subject);
  state.tell(now, { body: { type: "password_set" }, subject, sid: null, context });
}

/** Whose a code is that can be redeemed now. */
function ownerOf(state: MemoryState, codeHash: PasswordCodeHash): StoredUser | undefined {
  for (const [subject, code] of state.passwordCodes) {
    if (code.codeHash !== codeHash) continue;
    const user = findLiveUser(state, subject);
    return user?.disabled === false && state.now() < code.expiresAt ? user : undefined;
  }
  return undefined;
}
