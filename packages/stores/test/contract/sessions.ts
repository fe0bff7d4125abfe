import { expect, it } from "vitest";
import {
  context,
  createUser,
  eventTypes,
  expectEnded,
  INACTIVITY_SECONDS,
  locatorOf,
  open,
  redeem,
  resolve,
  revocations,
  signIn,
  subjectOf,
} from "../make.ts";
import type { MakeStore } from "../store.ts";

const NOBODY = "ses_nobody" as never;

export function sessionsContract(make: MakeStore): void {
  it("resolve live: the session with the roles of now, and nothing is written", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { session, sid, subject } = await signIn(ledger, { transport: "cookie" });
    await ledger.setRoles({ subject, roles: ["x"], context: null });
    clock.stepSeconds(30);
    const roles = { roles: ["x"], claimsVersion: session.claimsVersion + 1 };
    expect(await resolve(ledger, sid)).toEqual({
      outcome: "live",
      session: { ...session, ...roles },
      now: clock.now(),
    });
    expect(await eventTypes(ledger, { sid })).toEqual(["session_opened"]);
  });

  it("R017 resolve unknown: no such locator, and a bearer session's locator is no session token's", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid } = await signIn(ledger, { transport: "bearer" });
    expect(await resolve(ledger, NOBODY)).toEqual({ outcome: "unknown" });
    expect(await resolve(ledger, sid)).toEqual({ outcome: "unknown" });
    expect(await resolve(ledger, sid, 3)).toEqual({ outcome: "unknown" });
    expect((await ledger.readSession(sid))?.session.counter).toBe(0);
  });

  it("R021 resolve ended: with the reason", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject } = await signIn(ledger, { transport: "cookie" });
    await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
    expect(await resolve(ledger, sid)).toEqual({ outcome: "ended", sid, subject, reason: "logout" });
    expect(await resolve(ledger, sid, 5)).toEqual({ outcome: "ended", sid, subject, reason: "logout" });
  });

  it.each([
    ["inactive", { inactivitySeconds: 100, lifetimeSeconds: 1000 }],
    ["lifetime", { inactivitySeconds: 1000, lifetimeSeconds: 100 }],
  ])("R019 resolve ended: %s on the very second, and it is written", async (reason, clocks) => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid, subject } = await signIn(ledger, { transport: "cookie", ...clocks });
    clock.step(99_999);
    expect(await resolve(ledger, sid)).toMatchObject({ outcome: "live" });
    clock.step(1);
    expect(await resolve(ledger, sid)).toEqual({ outcome: "ended", sid, subject, reason });
    await expectEnded(ledger, sid, reason);
    expect(await eventTypes(ledger, { sid })).toEqual(["session_opened", "session_ended"]);
  });

  it("R016 resolve superseded: an older generation of the session token", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject, user } = await signIn(ledger, { transport: "cookie" });
    await ledger.reauthenticateSession({ sid, subject, claimsVersion: user.claimsVersion, context: context() });
    expect(await resolve(ledger, sid, 0)).toEqual({ outcome: "superseded", sid, subject });
    expect(await resolve(ledger, sid, 1)).toMatchObject({ outcome: "live", session: { counter: 1 } });
  });

  it("a session token above the ledger's counter heals it forward", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid } = await signIn(ledger, { transport: "cookie" });
    expect(await resolve(ledger, sid, 3)).toMatchObject({ outcome: "live", session: { counter: 3 } });
    expect(await resolve(ledger, sid, 2)).toMatchObject({ outcome: "superseded" });
    const [, behind] = await ledger.readEvents({ sid, limit: 5 });
    expect(behind?.body).toEqual({ type: "ledger_behind", presented: 3, counter: 0 });
  });

  it("R016 reauthenticated: a cookie's counter goes up, and the feed tells those that remember the old one", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { session, sid, subject, user } = await signIn(ledger, { transport: "cookie" });
    clock.stepSeconds(500);
    const claimsVersion = user.claimsVersion + 1;
    const proof = { sid, subject, claimsVersion: user.claimsVersion, context: context() };
    expect(await ledger.reauthenticateSession(proof)).toEqual({
      outcome: "reauthenticated",
      session: { ...session, authTime: clock.now(), lastActiveAt: clock.now(), counter: 1, claimsVersion },
      now: clock.now(),
    });
    expect(await eventTypes(ledger, { sid })).toEqual(["session_opened", "session_reauthenticated"]);
    expect(await revocations(ledger)).toEqual([
      { type: "claims-changed", sub: subject, claims_version: claimsVersion },
    ]);
  });

  it("reauthenticated: a bearer's counter is its rotation's alone, and the feed is told all the same", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { session, sid, subject, user } = await signIn(ledger);
    clock.stepSeconds(500);
    const proof = { sid, subject, claimsVersion: user.claimsVersion, context: context() };
    expect(await ledger.reauthenticateSession(proof)).toMatchObject({
      outcome: "reauthenticated",
      session: { authTime: clock.now(), counter: 0, claimsVersion: session.claimsVersion + 1 },
    });
    expect(await revocations(ledger)).toEqual([
      { type: "claims-changed", sub: subject, claims_version: session.claimsVersion + 1 },
    ]);
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "rotated", session: { authTime: clock.now() } });
  });

  it.each(["cookie", "bearer"] as const)(
    "of several re-authentications of one %s session at once one wins, and the others check again",
    async (transport) => {
      await using store = await make();
      const { ledger, other } = store;
      const { sid, subject, user } = await signIn(ledger, { transport });
      const proof = { sid, subject, claimsVersion: user.claimsVersion, context: context() };
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? ledger : other).reauthenticateSession(proof)),
      );
      expect(outcomes.filter(({ outcome }) => outcome === "reauthenticated")).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === "claims_moved")).toHaveLength(9);
      expect((await ledger.readSession(sid))?.session).toMatchObject({
        counter: transport === "cookie" ? 1 : 0,
        claimsVersion: user.claimsVersion + 1,
      });
    },
  );

  it("of two that present the same cookie one moves its counter, and both get the one that is current; an older is over", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject } = await signIn(ledger, { transport: "cookie" });
    const prove = async (presented: number) => {
      const claimsVersion = (await ledger.readUser(subject))!.user.claimsVersion;
      return ledger.reauthenticateSession({ sid, subject, claimsVersion, presented, context: context() });
    };
    for (const presented of [0, 0, 1]) {
      expect(await prove(presented)).toMatchObject({
        outcome: "reauthenticated",
        session: { counter: presented + 1, claimsVersion: presented + 2 },
      });
    }
    expect(await prove(0)).toEqual({ outcome: "ended" });
  });

  it("of two that present the same cookie neither loses the second factor that the other or it has proved", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject } = await signIn(ledger, { transport: "cookie" });
    const prove = async (presented: number, amr: readonly string[]) => {
      const claimsVersion = (await ledger.readUser(subject))!.user.claimsVersion;
      return ledger.reauthenticateSession({ sid, subject, claimsVersion, presented, amr, context: context() });
    };
    await prove(0, ["pwd"]);
    const both = { outcome: "reauthenticated", session: { amr: ["pwd", "otp"], counter: 1, claimsVersion: 3 } };
    expect(await prove(0, ["pwd", "otp"])).toMatchObject(both);
    expect(await prove(0, ["pwd"])).toMatchObject(both);
    expect((await ledger.readSession(sid))?.session).toMatchObject(both.session);
    const types = await eventTypes(ledger, { sid });
    expect(types.filter((type) => type === "session_reauthenticated")).toHaveLength(2);
  });

  it("reauthenticate claims_moved, ended, unknown: and nothing moves", async () => {
    await using store = await make();
    const { ledger } = store;
    const { session, sid, subject, user } = await signIn(ledger, { transport: "cookie" });
    const input = { sid, subject, claimsVersion: user.claimsVersion, context: context() };
    const stranger = await createUser(ledger);
    expect(await ledger.reauthenticateSession({ ...input, subject: stranger.subject })).toEqual({ outcome: "unknown" });
    expect(await ledger.reauthenticateSession({ ...input, subject: subjectOf("no") })).toEqual({ outcome: "unknown" });
    expect(await ledger.reauthenticateSession({ ...input, sid: NOBODY })).toEqual({ outcome: "unknown" });
    await ledger.setRoles({ subject, roles: ["new"], context: null });
    expect(await ledger.reauthenticateSession(input)).toEqual({ outcome: "claims_moved" });
    expect((await ledger.readSession(sid))?.session).toMatchObject({ authTime: session.authTime, counter: 0 });
    await ledger.revokeSession({ sid, subject, reason: "logout", context: null });
    const now = { ...input, claimsVersion: user.claimsVersion + 1 };
    expect(await ledger.reauthenticateSession(now)).toEqual({ outcome: "ended" });
  });

  it("amended, conflict, revoked, unknown: one writer of a version wins", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const { sid } = await signIn(ledger);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? ledger : other).amendSession({ sid, version: 0, data: `{"by":${index}}` }),
      ),
    );
    expect(outcomes.filter(({ outcome }) => outcome === "amended")).toEqual([{ outcome: "amended", version: 1 }]);
    expect(outcomes.filter(({ outcome }) => outcome === "conflict")).toHaveLength(19);
    expect(outcomes).toContainEqual({ outcome: "conflict", version: 1 });
    const winner = outcomes.findIndex(({ outcome }) => outcome === "amended");
    expect(await ledger.readSession(sid)).toMatchObject({ data: `{"by":${winner}}`, dataVersion: 1 });
    await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
    expect(await ledger.amendSession({ sid, version: 1, data: "{}" })).toEqual({ outcome: "revoked" });
    expect(await ledger.readSession(sid)).toMatchObject({ data: `{"by":${winner}}` });
    expect(await ledger.amendSession({ sid: NOBODY, version: 0, data: "{}" })).toEqual({ outcome: "unknown" });
  });

  it("revoked, already_ended, unknown: the feed is told once, and another user's session is not there", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject } = await signIn(ledger);
    const input = { sid, subject, reason: "ended_by_user", context: context() } as const;
    expect(await ledger.revokeSession({ ...input, subject: subjectOf("other") })).toEqual({ outcome: "unknown" });
    expect((await ledger.readSession(sid))?.endedAt).toBeNull();
    expect(await ledger.revokeSession({ ...input, sid: NOBODY })).toEqual({ outcome: "unknown" });
    expect(await ledger.revokeSession(input)).toEqual({ outcome: "revoked" });
    expect(await ledger.revokeSession({ ...input, reason: "logout" })).toEqual({ outcome: "already_ended" });
    await expectEnded(ledger, sid, "ended_by_user");
    expect(await revocations(ledger)).toEqual([{ type: "session-revoked", sid }]);
    const ended = (await ledger.readEvents({ requestId: input.context.requestId, limit: 5 })).map(({ body }) => body);
    expect(ended).toEqual([{ type: "session_ended", reason: "ended_by_user" }]);
  });

  it("already_ended: a clock was first, but the feed is told, because somebody wants it gone", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid, subject } = await signIn(ledger);
    clock.stepSeconds(INACTIVITY_SECONDS);
    const outcome = await ledger.revokeSession({ sid, subject, reason: "logout", context: null });
    expect(outcome).toEqual({ outcome: "already_ended" });
    await expectEnded(ledger, sid, "inactive");
    expect(await revocations(ledger)).toEqual([{ type: "session-revoked", sid }]);
  });

  it("R025 all sessions of a user but one end; the feed is told once, by the version", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject, user } = await signIn(ledger);
    const others = [await open(ledger, user), await open(ledger, user, { transport: "cookie" })];
    const stranger = await signIn(ledger);
    const claimsVersion = user.claimsVersion + 1;
    const input = { subject, except: sid, reason: "logout_all", context: context() } as const;
    expect(await ledger.revokeSessions(input)).toEqual({ outcome: "revoked", ended: 2, claimsVersion });
    for (const other of others) await expectEnded(ledger, other.sid, "logout_all");
    expect((await ledger.listSessions(subject)).map((session) => session.sid)).toEqual([sid]);
    expect(await redeem(ledger, stranger.sid, 0)).toMatchObject({ outcome: "rotated" });
    expect(await revocations(ledger)).toEqual([
      { type: "claims-changed", sub: subject, claims_version: claimsVersion },
    ]);
    const told = await ledger.readEvents({ requestId: input.context.requestId, limit: 10 });
    const endings = told.filter(({ body }) => body.type === "session_ended").map((event) => event.sid);
    expect(new Set(endings)).toEqual(new Set(others.map((session) => session.sid)));
    expect(endings).toHaveLength(2);
    expect(told.at(-1)?.body).toEqual({ type: "all_sessions_ended", reason: "logout_all", ended: 2 });
    expect(await ledger.revokeSessions({ ...input, except: null })).toMatchObject({ ended: 1 });
    expect(await ledger.revokeSessions({ ...input, except: null })).toMatchObject({
      outcome: "revoked",
      ended: 0,
      claimsVersion: claimsVersion + 2,
    });
    expect(await ledger.revokeSessions({ ...input, subject: subjectOf("no") })).toEqual({ outcome: "unknown" });
  });

  it("R027 a user's live sessions are listed newest first, and only theirs", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid, subject, user } = await signIn(ledger);
    await signIn(ledger);
    clock.stepSeconds(1);
    const later = await open(ledger, user, { inactivitySeconds: 100 });
    clock.stepSeconds(1);
    const gone = await open(ledger, user);
    await ledger.revokeSession({ sid: gone.sid, subject, reason: "logout", context: null });
    expect((await ledger.listSessions(subject)).map((session) => session.sid)).toEqual([later.sid, sid]);
    clock.stepSeconds(100);
    expect((await ledger.listSessions(subject)).map((session) => session.sid)).toEqual([sid]);
    expect(await ledger.listSessions(subjectOf("no"))).toEqual([]);
  });

  it("finds a session by its locator, of either transport, live or over", async () => {
    await using store = await make();
    const { ledger } = store;
    for (const transport of ["cookie", "bearer"] as const) {
      const { session, sid } = await signIn(ledger, { transport });
      expect(await ledger.findSession(locatorOf(sid))).toEqual({
        session,
        endedAt: null,
        endReason: null,
        data: "{}",
        dataVersion: 0,
      });
      await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
      expect(await ledger.findSession(locatorOf(sid))).toMatchObject({ endReason: "logout" });
    }
    expect(await ledger.findSession(locatorOf(NOBODY))).toBeNull();
    expect(await ledger.readSession(NOBODY)).toBeNull();
  });

  it("a re-authentication tells how presence was proved this time, and leaves it where it does not say", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const { sid, subject, user } = await signIn(ledger);
    const again = async (amr: readonly string[] | undefined, claimsVersion: number) => {
      const proved = await other.reauthenticateSession({ sid, subject, claimsVersion, amr, context: context() });
      return proved.outcome === "reauthenticated" ? proved.session.amr : proved.outcome;
    };
    expect(await again(["pwd", "otp"], user.claimsVersion)).toEqual(["pwd", "otp"]);
    expect(await again(undefined, user.claimsVersion + 1)).toEqual(["pwd", "otp"]);
    expect(await again(["pwd"], user.claimsVersion + 2)).toEqual(["pwd"]);
    expect((await ledger.readSession(sid))?.session.amr).toEqual(["pwd"]);
  });
}
