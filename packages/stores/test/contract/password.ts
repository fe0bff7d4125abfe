import type { ChangePassword, Ledger, Session } from "@counterfoil/core";
import { expect, it } from "vitest";
import {
  codeOf,
  context,
  createUser,
  eventTypes,
  expectEnded,
  issueCode,
  nameOf,
  open,
  opening,
  redeem,
  resolve,
  revocations,
  setPassword,
  signIn,
  subjectOf,
} from "../make.ts";
import type { MakeStore } from "../store.ts";

const hashOf = async (ledger: Ledger, { subject }: Pick<Session, "subject">) =>
  (await ledger.readUser(subject))?.passwordHash;

const changing = (session: Session, passwordHash = "new hash"): ChangePassword => ({
  sid: session.sid,
  subject: session.subject,
  claimsVersion: session.claimsVersion,
  presented: session.transport === "cookie" ? session.counter : undefined,
  passwordHash,
  context: context(),
});

export function passwordContract(make: MakeStore): void {
  it("a code is issued, found and redeemed: the password is set, every session ends, and the code is spent", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid, subject, user } = await signIn(ledger);
    const asked = context();
    const codeHash = codeOf("one");
    const issue = { subject, codeHash, ttlSeconds: 900, dropPassword: false, context: asked };
    expect(await ledger.issuePasswordCode(issue)).toEqual({ outcome: "issued", expiresAt: clock.now() + 900_000 });
    expect(await ledger.findPasswordCode(codeHash)).toEqual(user);
    expect(await hashOf(ledger, user)).toBe("hash");
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "rotated" });
    const claimsVersion = user.claimsVersion + 1;
    const spend = { codeHash, passwordHash: "new hash", context: context() };
    expect(await ledger.redeemPasswordCode(spend)).toEqual({ outcome: "set", subject, claimsVersion });
    expect(await hashOf(ledger, user)).toBe("new hash");
    await expectEnded(ledger, sid, "password_changed");
    expect(await revocations(ledger)).toEqual([
      { type: "claims-changed", sub: subject, claims_version: claimsVersion },
    ]);
    expect(await ledger.redeemPasswordCode({ ...spend, passwordHash: "again" })).toEqual({ outcome: "unknown" });
    expect(await ledger.findPasswordCode(codeHash)).toBeNull();
    expect(await hashOf(ledger, user)).toBe("new hash");
    const told = await ledger.readEvents({ requestId: asked.requestId, limit: 5 });
    expect(told.map(({ body }) => body)).toEqual([{ type: "password_code_issued", passwordDropped: false }]);
    const spent = await ledger.readEvents({ requestId: spend.context.requestId, limit: 5 });
    expect(spent.map(({ body }) => body.type)).toEqual(["password_set", "session_ended", "all_sessions_ended"]);
    expect(await ledger.issuePasswordCode({ ...issue, subject: subjectOf("no") })).toEqual({ outcome: "unknown" });
  });

  it("R118 of many redemptions of one code at once one wins", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const { subject, user } = await signIn(ledger);
    const codeHash = await issueCode(ledger, subject);
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        (index % 2 === 0 ? ledger : other).redeemPasswordCode({ codeHash, passwordHash: `${index}`, context: null }),
      ),
    );
    const winner = outcomes.findIndex(({ outcome }) => outcome === "set");
    expect(outcomes.filter(({ outcome }) => outcome === "set")).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "unknown")).toHaveLength(15);
    expect(await hashOf(ledger, user)).toBe(String(winner));
    expect(await ledger.readUser(subject)).toMatchObject({ user: { claimsVersion: 2 } });
  });

  it("R118 the newest code alone is good, for as long as it was issued for, and for one user", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const user = await createUser(ledger);
    const stranger = await createUser(ledger);
    const [old, theirs, newest] = [
      await issueCode(ledger, user.subject),
      await issueCode(ledger, stranger.subject),
      await issueCode(ledger, user.subject),
    ];
    const spend = (codeHash: typeof old) => ledger.redeemPasswordCode({ codeHash, passwordHash: "x", context: null });
    expect(await ledger.findPasswordCode(old)).toBeNull();
    expect(await spend(old)).toEqual({ outcome: "unknown" });
    clock.stepSeconds(59);
    expect(await spend(newest)).toMatchObject({ outcome: "set", subject: user.subject });
    clock.stepSeconds(1);
    expect(await ledger.findPasswordCode(theirs)).toBeNull();
    expect(await spend(theirs)).toEqual({ outcome: "unknown" });
    expect(await hashOf(ledger, stranger)).toBe("hash");
  });

  it("R112 with dropPassword the password is gone at once, every session ends, and only the code leads back", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject, user } = await signIn(ledger);
    const codeHash = await issueCode(ledger, subject, true);
    expect(await hashOf(ledger, user)).toBeNull();
    await expectEnded(ledger, sid, "password_changed");
    // A sign-in whose password was being checked meanwhile is not let in.
    expect(await ledger.openSession(opening(user))).toEqual({ outcome: "claims_moved" });
    expect((await revocations(ledger)).at(-1)).toMatchObject({ sub: subject, claims_version: 2 });
    expect(await ledger.redeemPasswordCode({ codeHash, passwordHash: "x", context: null })).toMatchObject({
      outcome: "set",
      claimsVersion: 3,
    });
    expect(await hashOf(ledger, user)).toBe("x");
  });

  it("a disabled or deleted user's code is dropped, and one that is issued to a disabled user waits", async () => {
    await using store = await make();
    const { ledger } = store;
    const { subject } = await createUser(ledger);
    const spend = async (codeHash: ReturnType<typeof codeOf>) =>
      (await ledger.redeemPasswordCode({ codeHash, passwordHash: "x", context: null })).outcome;
    const before = await issueCode(ledger, subject);
    await ledger.setDisabled({ subject, disabled: true, context: null });
    const meanwhile = await issueCode(ledger, subject);
    expect([await ledger.findPasswordCode(meanwhile), await spend(meanwhile)]).toEqual([null, "unknown"]);
    await ledger.setDisabled({ subject, disabled: false, context: null });
    expect([await spend(before), await spend(meanwhile)]).toEqual(["unknown", "set"]);
    const last = await issueCode(ledger, subject);
    await ledger.deleteUser({ subject, context: null });
    expect([await ledger.findPasswordCode(last), await spend(last)]).toEqual([null, "unknown"]);
  });

  it("R035 who takes a deleted user's name takes neither the code nor the sessions", async () => {
    await using store = await make();
    const { ledger } = store;
    const name = nameOf("reused");
    const creation = { username: "reused", canonicalUsername: name, passwordHash: null, roles: [], context: null };
    await ledger.createUser({ ...creation, subject: subjectOf("first") });
    const codeHash = await issueCode(ledger, subjectOf("first"));
    await ledger.deleteUser({ subject: subjectOf("first"), context: null });
    await ledger.createUser({ ...creation, subject: subjectOf("second") });
    expect(await ledger.redeemPasswordCode({ codeHash, passwordHash: "x", context: null })).toEqual({
      outcome: "unknown",
    });
    expect((await ledger.findUser(name))?.passwordHash).toBeNull();
  });

  it.each(["cookie", "bearer"] as const)(
    "R023 a change by %s: the password, the proof of presence and the end of all other sessions are one",
    async (transport) => {
      await using store = await make();
      const { ledger, clock } = store;
      const { session, sid, subject, user } = await signIn(ledger, { transport });
      const others = [await open(ledger, user), await open(ledger, user, { transport: "cookie" })];
      const code = await issueCode(ledger, subject);
      clock.stepSeconds(30);
      const input = changing(session);
      expect(await ledger.changePassword(input)).toMatchObject({
        outcome: "reauthenticated",
        session: { sid, authTime: clock.now(), claimsVersion: 2, counter: transport === "cookie" ? 1 : 0 },
        now: clock.now(),
      });
      expect(await hashOf(ledger, user)).toBe("new hash");
      for (const other of others) await expectEnded(ledger, other.sid, "password_changed");
      expect((await ledger.listSessions(subject)).map((each) => each.sid)).toEqual([sid]);
      const old = await (transport === "cookie" ? resolve(ledger, sid, 0) : redeem(ledger, sid, 0));
      expect(old.outcome).toBe(transport === "cookie" ? "superseded" : "rotated");
      // Nothing that was asked for before the change undoes it.
      expect(await ledger.findPasswordCode(code)).toBeNull();
      expect(await revocations(ledger)).toEqual([{ type: "claims-changed", sub: subject, claims_version: 2 }]);
      const told = await ledger.readEvents({ requestId: input.context.requestId, limit: 9 });
      expect(told.map(({ body }) => body.type)).toEqual([
        "session_reauthenticated",
        "password_set",
        "session_ended",
        "session_ended",
        "all_sessions_ended",
      ]);
    },
  );

  it("R023 of many changes at once one wins, and the others find that something was decided", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const { session, user } = await signIn(ledger, { transport: "cookie" });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? ledger : other).changePassword(changing(session, `${index}`)),
      ),
    );
    const winner = outcomes.findIndex(({ outcome }) => outcome === "reauthenticated");
    expect(outcomes.filter(({ outcome }) => outcome === "reauthenticated")).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "claims_moved")).toHaveLength(9);
    expect(await hashOf(ledger, user)).toBe(String(winner));
  });

  it("a change behind a re-authentication with the same cookie keeps the cookie that that one gave", async () => {
    await using store = await make();
    const { ledger } = store;
    const { session, user } = await signIn(ledger, { transport: "cookie" });
    const input = changing(session);
    await ledger.reauthenticateSession(input);
    const behind = { ...input, claimsVersion: 2 };
    expect(await ledger.changePassword(behind)).toMatchObject({
      outcome: "reauthenticated",
      session: { counter: 1, claimsVersion: 3 },
    });
    expect(await hashOf(ledger, user)).toBe("new hash");
    expect(await resolve(ledger, session.sid, 1)).toMatchObject({ outcome: "live" });
  });

  it("change claims_moved, ended, unknown: and nothing moves", async () => {
    await using store = await make();
    const { ledger } = store;
    const { session, sid, subject, user } = await signIn(ledger, { transport: "cookie" });
    const input = changing(session);
    const stranger = await createUser(ledger);
    expect(await ledger.changePassword({ ...input, subject: stranger.subject })).toEqual({ outcome: "unknown" });
    expect(await ledger.changePassword({ ...input, subject: subjectOf("no") })).toEqual({ outcome: "unknown" });
    await ledger.setRoles({ subject, roles: ["new"], context: null });
    expect(await ledger.changePassword(input)).toEqual({ outcome: "claims_moved" });
    const now = { ...input, claimsVersion: 2 };
    await ledger.revokeSession({ sid, subject, reason: "logout", context: null });
    expect(await ledger.changePassword(now)).toEqual({ outcome: "ended" });
    expect(await hashOf(ledger, user)).toBe("hash");
    expect(await eventTypes(ledger, { subject })).not.toContain("password_set");
  });

  it("a code that is issued while another password is set is not taken by it, and the other way round", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const user = await createUser(ledger);
    const [first] = await Promise.all([issueCode(ledger, user.subject), setPassword(other, user.subject, "theirs")]);
    const late = await ledger.redeemPasswordCode({ codeHash: first, passwordHash: "mine", context: null });
    expect(await hashOf(ledger, user)).toBe(late.outcome === "set" ? "mine" : "theirs");
  });
}
