import type { EndReason, Ledger } from "@counterfoil/core";
import type { FeedEntry } from "@counterfoil/protocol";
import { expect, it } from "vitest";
import { issueCode, open, redeem, setPassword, signIn, signingKey } from "../make.ts";
import type { MakeStore, TestClock } from "../store.ts";

const told = async (ledger: Ledger): Promise<FeedEntry> => (await ledger.readRevocations(null)).entries.at(-1)!;

/** Each way in which something comes to be revoked, and the reason that the feed then gives. */
const WAYS: Readonly<
  Record<string, readonly [reason: string, (ledger: Ledger, clock: TestClock) => Promise<unknown>]>
> = {
  "a session that its user ends": ["logout", async (ledger) => end(ledger, (await signIn(ledger)).sid, "logout")],
  "a session that an operator ends": [
    "ended_by_operator",
    async (ledger) => end(ledger, (await signIn(ledger)).sid, "ended_by_operator"),
  ],
  "a refresh token that comes twice": [
    "reuse",
    async (ledger, clock) => {
      const { sid } = await signIn(ledger);
      await redeem(ledger, sid, 0);
      clock.stepSeconds(31);
      return redeem(ledger, sid, 0);
    },
  ],
  "one session more than a user may have": [
    "session_limit",
    async (ledger) => open(ledger, (await signIn(ledger)).user, { sessionLimit: 1 }),
  ],
  "all sessions of a user": [
    "logout_all",
    async (ledger) => {
      const { subject } = await signIn(ledger);
      return ledger.revokeSessions({ subject, except: null, reason: "logout_all", context: null });
    },
  ],
  "all sessions of everybody, one by one": [
    "everybody",
    async (ledger) => {
      await signIn(ledger);
      return ledger.endEverySession({ limit: 9, endedBefore: 0, tellEach: true, context: null });
    },
  ],
  "other roles": [
    "roles_changed",
    async (ledger) => ledger.setRoles({ ...(await signIn(ledger)), roles: ["other"], context: null }),
  ],
  "a user who is disabled": [
    "disabled",
    async (ledger) => ledger.setDisabled({ ...(await signIn(ledger)), disabled: true, context: null }),
  ],
  "a user who is deleted": [
    "deleted",
    async (ledger) => ledger.deleteUser({ ...(await signIn(ledger)), context: null }),
  ],
  "a password that is set by a code": [
    "password_changed",
    async (ledger) => setPassword(ledger, (await signIn(ledger)).subject),
  ],
  "a password that is dropped": [
    "password_changed",
    async (ledger) => issueCode(ledger, (await signIn(ledger)).subject, true),
  ],
  "a password that its user changes": [
    "password_changed",
    async (ledger) => {
      const { sid, subject, user } = await signIn(ledger);
      const { claimsVersion } = user;
      const context = { requestId: "req", remoteAddress: null, userAgent: null };
      return ledger.changePassword({ sid, subject, claimsVersion, passwordHash: "new", context });
    },
  ],
  "a user who proves presence again": [
    "reauthenticated",
    async (ledger) => {
      const { sid, subject, user } = await signIn(ledger);
      const { claimsVersion } = user;
      const context = { requestId: "req", remoteAddress: null, userAgent: null };
      return ledger.reauthenticateSession({ sid, subject, claimsVersion, context });
    },
  ],
  "a signing key": [
    "key_revoked",
    async (ledger) => {
      await ledger.addSigningKey(signingKey("leaked"));
      return ledger.endSigningKey({ kid: "leaked", to: "revoked" });
    },
  ],
};

const end = (ledger: Ledger, sid: Parameters<Ledger["readSession"]>[0], reason: EndReason) =>
  ledger.revokeSession({ sid, subject: null, reason, context: null });

export function revocationReasonsContract(make: MakeStore): void {
  it.each(Object.entries(WAYS))("R128 the feed says when and why: %s", async (_way, [reason, revoke]) => {
    await using store = await make();
    const { ledger, clock } = store;
    clock.step(1234);
    await revoke(ledger, clock);
    expect(await told(ledger)).toMatchObject({ event_timestamp: clock.now() / 1000, reason });
  });

  it("R128 a session whose clock has run out, and that somebody ends all the same, ran out", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger, { inactivitySeconds: 10 });
    clock.stepSeconds(10);
    await end(ledger, sid, "logout");
    expect(await told(ledger)).toMatchObject({ type: "session-revoked", sid, reason: "inactive" });
  });
}
