import type { Ledger, Session, Subject } from "@counterfoil/core";
import { REVOCATION_REASONS } from "@counterfoil/core";
import type { FeedEntry } from "@counterfoil/protocol";
import { expect, it } from "vitest";
import {
  createUser,
  DAY,
  eventTypes,
  expectEnded,
  issueCode,
  keyStates,
  open,
  redeem,
  signIn,
  signingKey,
} from "../make.ts";
import type { MakeStore } from "../store.ts";

const AT = { event_timestamp: 1_799_999_999.123 };
const ended = (sid: string, reason = "logout"): FeedEntry => ({ type: "session-revoked", sid, ...AT, reason });
const changed = (sub: string, version: number, reason = "logout_all"): FeedEntry => ({
  type: "claims-changed",
  sub,
  claims_version: version,
  ...AT,
  reason,
});
const told = async (ledger: Ledger) => (await ledger.readRevocations(null)).entries;
const versionOf = async (ledger: Ledger, subject: Subject) => (await ledger.readUser(subject))?.user.claimsVersion;
const restored = (sessions: number, users: number, keys = 0) => ({ outcome: "restored", sessions, users, keys });

const SPARING = ["roles_changed", "reauthenticated"];

export function restorationContract(make: MakeStore): void {
  it("R065 restored: a session ends again for the reason that it had, and the feed tells it as it was; then nothing_lost", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const { sid, user } = await signIn(ledger);
    const [silent, spared] = [await open(ledger, user), await open(ledger, user)];
    const entries: FeedEntry[] = [ended(sid, "reuse"), { type: "session-revoked", sid: silent.sid }];
    expect(await ledger.restoreRevocations(entries)).toEqual(restored(2, 0));
    await expectEnded(ledger, sid, "reuse");
    await expectEnded(ledger, silent.sid, "ended_by_operator");
    expect((await ledger.readSession(spared.sid))?.endedAt).toBeNull();
    expect(await told(ledger)).toEqual(entries);
    expect(await eventTypes(ledger, { sid })).toEqual(["session_opened", "session_ended"]);
    expect((await ledger.readEvents({ limit: 100 })).at(-1)).toMatchObject({
      body: { type: "revocations_restored", sessions: 2, users: 0, keys: 0 },
      subject: null,
      context: null,
    });
    expect(await other.restoreRevocations([...entries, ...entries])).toEqual({ outcome: "nothing_lost" });
    expect(await ledger.restoreRevocations([])).toEqual({ outcome: "nothing_lost" });
    expect(await told(ledger)).toEqual(entries);
  });

  it("restored: what the ledger knows nothing of is told, and nothing else", async () => {
    await using store = await make();
    const { ledger } = store;
    const entries = [ended("ses_lost"), changed("usr_lost", 4), { type: "key-revoked", kid: "lost", ...AT } as const];
    expect(await ledger.restoreRevocations(entries)).toEqual(restored(0, 0));
    expect(await told(ledger)).toEqual(entries);
  });

  it("restored: a session that is over keeps its own reason, and one whose clock has run out ran out", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid, user } = await signIn(ledger);
    const idle = await open(ledger, user, { inactivitySeconds: 10 });
    await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
    clock.stepSeconds(10);
    expect(await ledger.restoreRevocations([ended(sid, "reuse"), ended(idle.sid, "reuse")])).toEqual(restored(0, 0));
    await expectEnded(ledger, sid, "logout");
    await expectEnded(ledger, idle.sid, "inactive");
  });

  it("R065 restored: a user is at the version again, and the sessions end unless the reason is one that ended none", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const entries: FeedEntry[] = [];
    for (const reason of [...REVOCATION_REASONS, "of_a_later_version", null]) {
      const { sid, subject, user } = await signIn(ledger);
      const { sid: second } = await open(ledger, user);
      const { reason: _, ...silent } = changed(subject, 5);
      const entry = reason === null ? silent : changed(subject, 5, reason);
      entries.push(entry);
      const ends = reason === null || !SPARING.includes(reason);
      expect([reason, await ledger.restoreRevocations([entry])]).toEqual([reason, restored(ends ? 2 : 0, 1)]);
      const records = [await ledger.readSession(sid), await ledger.readSession(second)];
      expect(records.map((record) => record?.endedAt !== null)).toEqual([ends, ends]);
      expect(await ledger.readUser(subject)).toMatchObject({
        user: { claimsVersion: 5, disabled: reason === "disabled" || reason === "deleted" },
      });
    }
    expect(await told(ledger)).toEqual(entries);
    expect(await other.restoreRevocations(entries)).toEqual({ outcome: "nothing_lost" });
  });

  it("R065 of several decisions about a user, in whatever order, the version is the last one's and the ending counts", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject } = await signIn(ledger);
    const entries = [
      changed(subject, 4, "roles_changed"),
      changed(subject, 2, "reauthenticated"),
      changed(subject, 3, "password_changed"),
    ];
    expect(await ledger.restoreRevocations(entries)).toEqual(restored(1, 1));
    await expectEnded(ledger, sid, "password_changed");
    expect(await versionOf(ledger, subject)).toBe(4);
  });

  it("R065 a user who was disabled is disabled, and has no one-time code", async () => {
    await using store = await make();
    const { ledger } = store;
    const { subject } = await createUser(ledger);
    const code = await issueCode(ledger, subject);
    await ledger.restoreRevocations([changed(subject, 2, "disabled")]);
    expect(await ledger.redeemPasswordCode({ codeHash: code, passwordHash: "x", context: null })).toEqual({
      outcome: "unknown",
    });
    expect(await eventTypes(ledger, { subject })).toEqual([
      "user_created",
      "password_code_issued",
      "user_disabled",
      "all_sessions_ended",
    ]);
    await ledger.setDisabled({ subject, disabled: false, context: null });
    expect(await ledger.findPasswordCode(code)).toBeNull();
  });

  it("a decision that the ledger has, and of which its log has forgotten, ends nothing that came after it", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { subject } = await createUser(ledger);
    await ledger.revokeSessions({ subject, except: null, reason: "logout_all", context: null });
    const [entry] = await told(ledger);
    const user = (await ledger.readUser(subject))!.user;
    const { sid } = await open(ledger, user);
    clock.stepSeconds(DAY / 24);
    await ledger.purge({ limit: 10, keepEndedSessionsSeconds: DAY, keepEventsSeconds: DAY });
    expect(await ledger.restoreRevocations([entry!])).toEqual(restored(0, 0));
    expect(await versionOf(ledger, subject)).toBe(2);
    expect((await ledger.readSession(sid))?.endedAt).toBeNull();
  });

  it("R065 where both histories have made a decision of one number, the lost one takes effect, and no token of either is good", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject } = await signIn(ledger);
    await ledger.setRoles({ subject, roles: ["other"], context: null });
    expect(await ledger.restoreRevocations([changed(subject, 2, "logout_all")])).toEqual(restored(1, 1));
    await expectEnded(ledger, sid, "logout_all");
    expect(await versionOf(ledger, subject)).toBe(3);
    const versions = (await told(ledger)).map((entry) => entry.type === "claims-changed" && entry.claims_version);
    expect(versions).toEqual(expect.arrayContaining([2, 2, 3]));
    expect(await ledger.restoreRevocations([changed(subject, 2, "logout_all")])).toEqual({ outcome: "nothing_lost" });
  });

  it("R065 of several users at once each is held against the decisions about it, by their whole number", async () => {
    await using store = await make();
    const { ledger } = store;
    const subjects: Subject[] = [];
    for (const decisions of [1, 0, 11, 11, 11]) {
      const { subject } = await createUser(ledger);
      for (let count = 0; count < decisions; count++) {
        await ledger.setRoles({ subject, roles: [`role-${count}`], context: null });
      }
      subjects.push(subject);
    }
    const [at2, at1, at12, begun, contested] = subjects as [Subject, Subject, Subject, Subject, Subject];
    const entries = [
      changed(at2, 2),
      changed(at1, 2),
      changed(at12, 12),
      // No decision is of number 1, with which 10, 11 and 12 begin.
      changed(begun, 1),
      changed(contested, 14),
      changed(contested, 7),
    ];
    expect(await ledger.restoreRevocations(entries)).toEqual(restored(0, 4));
    const versions = await Promise.all(subjects.map((subject) => versionOf(ledger, subject)));
    expect(versions).toEqual([3, 2, 13, 12, 14]);
  });

  it("R065 a key is revoked again, and the announced one signs", async () => {
    await using store = await make();
    const { ledger } = store;
    await ledger.addSigningKey(signingKey("leaked"));
    await ledger.announceSigningKey(signingKey("next"));
    const entry = { type: "key-revoked", kid: "leaked", ...AT, reason: "key_revoked" } as const;
    expect(await ledger.restoreRevocations([entry])).toEqual(restored(0, 0, 1));
    expect(await keyStates(ledger)).toEqual(["next signing"]);
    expect(await told(ledger)).toContainEqual(entry);
    expect(await ledger.restoreRevocations([entry])).toEqual({ outcome: "nothing_lost" });
  });

  it("R062 R065 six servers restore the same at once, while it is used: each fact counts once, and nothing is minted after", async () => {
    await using store = await make();
    const { ledger, other } = store;
    for (let round = 0; round < 3; round++) {
      const users = await Promise.all(Array.from({ length: 4 }, () => createUser(ledger)));
      const sessions = (
        await Promise.all(users.map(async (user) => [await open(ledger, user), await open(ledger, user)]))
      ).flat();
      const entries = [
        ...sessions.slice(0, 4).map(({ sid }) => ended(sid)),
        ...users.slice(2).map(({ subject }) => changed(subject, 2)),
      ];
      const servers = [ledger, other, ledger, other, ledger, other];
      const [answers] = await Promise.all([
        Promise.all(
          servers.map((server, index) => server.restoreRevocations(index % 2 === 0 ? entries : entries.toReversed())),
        ),
        Promise.all(sessions.map(({ sid }) => redeem(other, sid, 0))),
        Promise.all(
          users.map(({ subject }) =>
            other.revokeSessions({ subject, except: null, reason: "logout_all", context: null }),
          ),
        ),
      ]);
      expect(answers.filter(({ outcome }) => outcome === "restored")).toHaveLength(1);
      expect(await Promise.all(sessions.map((session) => outcomeOf(ledger, session)))).toEqual(
        sessions.map(() => "revoked"),
      );
    }
  });
}

async function outcomeOf(ledger: Ledger, { sid }: Session): Promise<string> {
  return (await redeem(ledger, sid, 1)).outcome;
}
