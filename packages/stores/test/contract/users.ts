import { expect, it } from "vitest";
import {
  codeOf,
  context,
  createUser,
  eventTypes,
  expectEnded,
  nameOf,
  open,
  opening,
  redeem,
  resolve,
  revocations,
  signIn,
  subjectOf,
} from "../make.ts";
import type { MakeStore } from "../store.ts";

const NOBODY = subjectOf("nobody");

export function usersContract(make: MakeStore): void {
  const creation = {
    subject: subjectOf("kavya"),
    username: "Kavya",
    canonicalUsername: nameOf("kavya"),
    passwordHash: "hash",
    roles: ["b", "a", "a"],
    context: null,
  };

  it("created: found by name and by subject, with the hash of the same moment", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const created = await ledger.createUser(creation);
    const user = {
      subject: creation.subject,
      username: "Kavya",
      roles: ["a", "b"],
      claimsVersion: 1,
      disabled: false,
      createdAt: clock.now(),
    };
    expect(created).toEqual({ outcome: "created", user });
    expect(await ledger.findUser(creation.canonicalUsername)).toEqual({ user, passwordHash: "hash" });
    expect(await ledger.readUser(creation.subject)).toEqual({ user, passwordHash: "hash" });
    expect(await ledger.findUser(nameOf("Kavya"))).toBeNull();
    expect(await ledger.readUser(NOBODY)).toBeNull();
    expect(await eventTypes(ledger, { subject: creation.subject })).toEqual(["user_created"]);
  });

  it("taken: the name, or the subject, is somebody's; of many at once one wins", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? ledger : other).createUser({ ...creation, subject: subjectOf(`s${index}`) }),
      ),
    );
    expect(created.filter(({ outcome }) => outcome === "created")).toHaveLength(1);
    expect(created.filter(({ outcome }) => outcome === "taken")).toHaveLength(19);
    const winner = (await ledger.findUser(creation.canonicalUsername))!.user;
    expect(await eventTypes(ledger, { subject: winner.subject })).toEqual(["user_created"]);
    const same = { ...creation, subject: winner.subject, canonicalUsername: nameOf("another") };
    expect(await ledger.createUser(same)).toEqual({ outcome: "taken" });
  });

  it("a name that is taken is told in the log where a request asked for it, and changes nothing", async () => {
    await using store = await make();
    const { ledger } = store;
    await ledger.createUser(creation);
    const asked = { ...creation, subject: subjectOf("second"), passwordHash: "other", context: context() };
    expect(await ledger.createUser(asked)).toEqual({ outcome: "taken" });
    const [event, ...more] = await ledger.readEvents({ requestId: asked.context.requestId, limit: 2 });
    expect([event?.body, event?.subject, more]).toEqual([{ type: "username_taken" }, creation.subject, []]);
    expect(await ledger.readUser(asked.subject)).toBeNull();
    expect(await ledger.findUser(creation.canonicalUsername)).toMatchObject({ passwordHash: "hash" });
  });

  it("setRoles changed, unchanged, unknown: the version rises and the sessions stay", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject, user } = await signIn(ledger);
    const claimsVersion = user.claimsVersion + 1;
    const change = { subject, roles: ["z", "admin", "z"], context: context() };
    expect(await ledger.setRoles(change)).toEqual({ outcome: "changed", claimsVersion });
    expect(await ledger.setRoles({ ...change, roles: ["admin", "z"] })).toEqual({ outcome: "unchanged" });
    expect(await ledger.setRoles({ ...change, subject: NOBODY })).toEqual({ outcome: "unknown" });
    expect((await ledger.readUser(subject))?.user).toMatchObject({ roles: ["admin", "z"], claimsVersion });
    expect(await revocations(ledger)).toEqual([
      { type: "claims-changed", sub: subject, claims_version: claimsVersion },
    ]);
    const [event] = await ledger.readEvents({ requestId: change.context.requestId, limit: 1 });
    expect(event?.body).toEqual({ type: "roles_changed", from: ["user"], to: ["admin", "z"] });
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "rotated", session: { roles: ["admin", "z"] } });
  });

  it("R022 setDisabled changed, unchanged, unknown: disabling ends all sessions", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject, user } = await signIn(ledger);
    const cookie = await open(ledger, user, { transport: "cookie" });
    const change = { subject, disabled: true, context: null };
    const claimsVersion = user.claimsVersion + 1;
    expect(await ledger.setDisabled(change)).toEqual({ outcome: "changed", claimsVersion });
    expect(await ledger.setDisabled(change)).toEqual({ outcome: "unchanged" });
    expect(await ledger.setDisabled({ ...change, subject: NOBODY })).toEqual({ outcome: "unknown" });
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "revoked", reason: "disabled" });
    expect(await resolve(ledger, cookie.sid)).toMatchObject({ outcome: "ended", reason: "disabled" });
    expect(await revocations(ledger)).toEqual([
      { type: "claims-changed", sub: subject, claims_version: claimsVersion },
    ]);
    expect((await eventTypes(ledger, { subject })).slice(3).toSorted()).toEqual(
      ["user_disabled", "session_ended", "session_ended", "all_sessions_ended"].toSorted(),
    );
    // Enabling gives back the right to sign in, and no session.
    expect(await ledger.setDisabled({ ...change, disabled: false })).toEqual({ outcome: "changed", claimsVersion });
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "revoked", reason: "disabled" });
    expect(await ledger.openSession(opening({ subject, claimsVersion }))).toMatchObject({ outcome: "opened" });
  });

  it("R022 R035 deleteUser: sessions end, the name is free, the subject is never given again", async () => {
    await using store = await make();
    const { ledger } = store;
    await ledger.createUser(creation);
    const { subject } = creation;
    const session = await open(ledger, { subject, claimsVersion: 1 });
    expect(await ledger.deleteUser({ subject, context: null })).toEqual({ outcome: "changed", claimsVersion: 2 });
    expect(await ledger.deleteUser({ subject, context: null })).toEqual({ outcome: "unknown" });
    expect(await ledger.readUser(subject)).toBeNull();
    expect(await ledger.findUser(creation.canonicalUsername)).toBeNull();
    expect(await redeem(ledger, session.sid, 0)).toMatchObject({ outcome: "revoked", reason: "deleted" });
    expect(await revocations(ledger)).toEqual([{ type: "claims-changed", sub: subject, claims_version: 2 }]);
    expect(await ledger.createUser({ ...creation, canonicalUsername: nameOf("free") })).toEqual({ outcome: "taken" });
    const heir = { ...creation, subject: subjectOf("heir") };
    expect(await ledger.createUser(heir)).toMatchObject({ outcome: "created" });
    expect((await ledger.readSession(session.sid))?.session.subject).toBe(subject);
    for (const change of [
      ledger.setRoles({ subject, roles: [], context: null }),
      ledger.setDisabled({ subject, disabled: true, context: null }),
      ledger.issuePasswordCode({
        subject,
        codeHash: codeOf("late"),
        ttlSeconds: 60,
        dropPassword: true,
        context: null,
      }),
      ledger.revokeSessions({ subject, except: null, reason: "logout_all", context: null }),
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- each is looked at alone
      expect(await change).toEqual({ outcome: "unknown" });
    }
  });

  it("R121 rehashPassword rehashed, unchanged: the same password in another hash, and nobody notices", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject, user } = await signIn(ledger);
    const events = await eventTypes(ledger, { subject });
    const rehash = { subject, from: "hash", to: "stronger" };
    expect(await ledger.rehashPassword({ ...rehash, from: "another" })).toEqual({ outcome: "unchanged" });
    expect(await ledger.rehashPassword({ ...rehash, subject: NOBODY })).toEqual({ outcome: "unchanged" });
    expect(await ledger.readUser(subject)).toEqual({ user, passwordHash: "hash" });
    expect(await ledger.rehashPassword(rehash)).toEqual({ outcome: "rehashed" });
    expect(await ledger.readUser(subject)).toEqual({ user, passwordHash: "stronger" });
    expect(await ledger.rehashPassword(rehash)).toEqual({ outcome: "unchanged" });
    // No version, no session, no event, nothing in the feed.
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "rotated" });
    expect(await ledger.openSession(opening(user))).toMatchObject({ outcome: "opened" });
    expect((await eventTypes(ledger, { subject })).filter((type) => /user|password/.test(type))).toEqual(
      events.filter((type) => /user|password/.test(type)),
    );
    expect(await revocations(ledger)).toEqual([]);
    await ledger.deleteUser({ subject, context: null });
    expect(await ledger.rehashPassword({ ...rehash, from: "stronger" })).toEqual({ outcome: "unchanged" });
  });

  it("rehashPassword of a user without a password gives none", async () => {
    await using store = await make();
    const { ledger } = store;
    await ledger.createUser({ ...creation, passwordHash: null });
    const { subject } = creation;
    expect(await ledger.rehashPassword({ subject, from: "", to: "x" })).toEqual({ outcome: "unchanged" });
    expect((await ledger.readUser(subject))?.passwordHash).toBeNull();
  });

  it("refuses roles that no token could carry with a TypeError, and changes nothing", async () => {
    await using store = await make();
    const { ledger } = store;
    const { subject } = await createUser(ledger);
    await expect(ledger.setRoles({ subject, roles: [""], context: null })).rejects.toBeInstanceOf(TypeError);
    expect((await ledger.readUser(subject))?.user).toMatchObject({ roles: ["user"], claimsVersion: 1 });
  });

  it("ends a session whose clock had run out before with the clock's reason, and does not count it", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid, subject, user } = await signIn(ledger);
    const short = await open(ledger, user, { inactivitySeconds: 10 });
    const brief = await open(ledger, user, { lifetimeSeconds: 10 });
    clock.stepSeconds(10);
    const ended = await ledger.revokeSessions({ subject, except: null, reason: "ended_by_operator", context: null });
    expect(ended).toMatchObject({ ended: 1 });
    await expectEnded(ledger, sid, "ended_by_operator");
    await expectEnded(ledger, short.sid, "inactive");
    await expectEnded(ledger, brief.sid, "lifetime");
  });
}
