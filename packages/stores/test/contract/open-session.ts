import { StoreError } from "@counterfoil/core";
import type { Ledger, SessionOpened, Subject } from "@counterfoil/core";
import { expect, it } from "vitest";
import {
  context,
  createUser,
  eventTypes,
  expectEnded,
  INACTIVITY_SECONDS,
  LIFETIME_SECONDS,
  open,
  opening,
  redeem,
  resolve,
  revocations,
  subjectOf,
  setPassword,
} from "../make.ts";
import type { MakeStore } from "../store.ts";

export function openSessionContract(make: MakeStore): void {
  it("opened: the session is what was asked for, by the ledger's clock", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const user = await createUser(ledger, ["user", "admin"]);
    const input = opening(user, { audience: "https://a.example", remember: true, amr: ["pwd", "otp"] });
    const opened = await ledger.openSession(input);
    expect(opened).toEqual({
      outcome: "opened",
      now: clock.now(),
      session: {
        sid: input.sid,
        subject: user.subject,
        username: "as typed",
        transport: "bearer",
        remember: true,
        clientId: "first-party",
        audience: "https://a.example",
        amr: ["pwd", "otp"],
        authTime: clock.now(),
        createdAt: clock.now(),
        lastActiveAt: clock.now(),
        inactivitySeconds: INACTIVITY_SECONDS,
        expiresAt: clock.now() + LIFETIME_SECONDS * 1000,
        deviceName: null,
        userAgent: "contract",
        counter: 0,
        roles: ["admin", "user"],
        claimsVersion: user.claimsVersion,
      },
    });
    expect(await eventTypes(ledger, { sid: input.sid })).toEqual(["session_opened"]);
    expect(await revocations(ledger)).toEqual([]);
  });

  it("keeps 256 characters of a User-Agent", async () => {
    await using store = await make();
    const user = await createUser(store.ledger);
    const wordy = { ...context(), userAgent: "x".repeat(10_000) };
    expect((await open(store.ledger, user, { context: wordy })).userAgent).toBe("x".repeat(256));
  });

  it("unknown: there is no such user", async () => {
    await using store = await make();
    const opened = await store.ledger.openSession(opening({ subject: subjectOf("nobody"), claimsVersion: 1 }));
    expect(opened).toEqual({ outcome: "unknown" });
  });

  it("unknown: the user is deleted, also for whoever still has the version", async () => {
    await using store = await make();
    const { ledger } = store;
    const user = await createUser(ledger);
    await ledger.deleteUser({ subject: user.subject, context: null });
    expect(await ledger.openSession(opening(user))).toEqual({ outcome: "unknown" });
    const after = { subject: user.subject, claimsVersion: user.claimsVersion + 1 };
    expect(await ledger.openSession(opening(after))).toEqual({ outcome: "unknown" });
  });

  it("disabled: the user may not sign in", async () => {
    await using store = await make();
    const { ledger } = store;
    const { subject } = await createUser(ledger);
    await ledger.setDisabled({ subject, disabled: true, context: null });
    const user = (await ledger.readUser(subject))!.user;
    expect(await ledger.openSession(opening(user))).toEqual({ outcome: "disabled", subject });
  });

  const decisions: Record<string, (ledger: Ledger, subject: Subject) => Promise<unknown>> = {
    "roles changed": (ledger, subject) => ledger.setRoles({ subject, roles: ["other"], context: null }),
    "password set": (ledger, subject) => setPassword(ledger, subject),
    disabled: (ledger, subject) => ledger.setDisabled({ subject, disabled: true, context: null }),
    "all sessions ended": (ledger, subject) =>
      ledger.revokeSessions({ subject, except: null, reason: "logout_all", context: null }),
  };
  it.each(Object.entries(decisions))("claims_moved: %s while the password was being checked", async (_, decide) => {
    await using store = await make();
    const { ledger } = store;
    const user = await createUser(ledger);
    await decide(ledger, user.subject);
    const input = opening(user);
    expect(await ledger.openSession(input)).toEqual({ outcome: "claims_moved" });
    expect(await ledger.readSession(input.sid)).toBeNull();
    expect(await eventTypes(ledger, { sid: input.sid })).toEqual([]);
  });

  it("R002 one sign-in too many ends the session that was inactive longest, and tells the feed", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const user = await createUser(ledger);
    const first = await open(ledger, user, { sessionLimit: 3 });
    clock.stepSeconds(100);
    const second = await open(ledger, user, { sessionLimit: 3 });
    clock.stepSeconds(100);
    const third = await open(ledger, user, { sessionLimit: 3 });
    clock.stepSeconds(100);
    // The oldest is in use, so the second is the one that nobody would miss.
    expect(await ledger.touchSession(first.sid)).toEqual({ outcome: "touched" });
    const fourth = await open(ledger, user, { sessionLimit: 3 });
    await expectEnded(ledger, second.sid, "session_limit");
    const live = (await ledger.listSessions(user.subject)).map((session) => session.sid);
    expect(live).toEqual([fourth.sid, third.sid, first.sid]);
    expect(await revocations(ledger)).toEqual([{ type: "session-revoked", sid: second.sid }]);
    expect(await eventTypes(ledger, { sid: second.sid })).toEqual(["session_opened", "session_ended"]);
  });

  it("R002 a lower limit ends as many as it takes", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const user = await createUser(ledger);
    for (let index = 0; index < 6; index++) {
      await open(ledger, user);
      clock.stepSeconds(1);
    }
    const last = await open(ledger, user, { sessionLimit: 2 });
    const live = (await ledger.listSessions(user.subject)).map((session) => session.sid);
    expect(live).toHaveLength(2);
    expect(live[0]).toBe(last.sid);
    expect(await revocations(ledger)).toHaveLength(5);
  });

  it("R002 50 sign-ins at once never have more than the limit live", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const user = await createUser(ledger);
    // On a slow machine the last of them wait longer for the user's row than a store lets anybody: then nothing was done.
    const openAgain = async (on: Ledger): Promise<SessionOpened> => {
      try {
        return await on.openSession(opening(user, { sessionLimit: 7 }));
      } catch (error) {
        if (error instanceof StoreError) return openAgain(on);
        throw error;
      }
    };
    const opened = await Promise.all(
      Array.from({ length: 50 }, (_, index) => openAgain(index % 2 === 0 ? ledger : other)),
    );
    expect(opened.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 50 }, () => "opened"));
    expect(await ledger.listSessions(user.subject)).toHaveLength(7);
    const ended = (await revocations(ledger)).filter(({ type }) => type === "session-revoked");
    expect(ended).toHaveLength(43);
    // At no moment: reading the log as it was written, each opening past the seventh came with an end before it.
    let live = 0;
    for (const type of await eventTypes(ledger, { subject: user.subject })) {
      if (type === "session_opened") live += 1;
      if (type === "session_ended") live -= 1;
      expect(live).toBeLessThanOrEqual(7);
    }
  });

  it("a session whose clock has run out takes no place, and its end is written", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const user = await createUser(ledger);
    const short = await open(ledger, user, { inactivitySeconds: 60 });
    const long = await open(ledger, user);
    clock.stepSeconds(60);
    await open(ledger, user, { sessionLimit: 2 });
    await expectEnded(ledger, short.sid, "inactive");
    expect(await redeem(ledger, long.sid, 0)).toMatchObject({ outcome: "rotated" });
    expect(await revocations(ledger)).toEqual([]);
  });

  it("R014 two sign-ins of one user are two sessions", async () => {
    await using store = await make();
    const { ledger } = store;
    const user = await createUser(ledger);
    const one = await open(ledger, user, { transport: "cookie" });
    const two = await open(ledger, user, { transport: "cookie" });
    await ledger.revokeSession({ sid: one.sid, subject: null, reason: "logout", context: null });
    expect(await resolve(ledger, one.sid)).toMatchObject({ outcome: "ended" });
    expect(await resolve(ledger, two.sid)).toMatchObject({ outcome: "live" });
  });

  it("a locator that is taken is refused, and changes nothing", async () => {
    await using store = await make();
    const { ledger } = store;
    const user = await createUser(ledger);
    const { sid } = await open(ledger, user);
    const again = opening(user);
    const taken = { ...again, locatorHash: opening(user, { sid }).locatorHash };
    await expect(ledger.openSession({ ...taken, sid })).rejects.toMatchObject({ name: "StoreError" });
    expect(await ledger.listSessions(user.subject)).toHaveLength(1);
  });
}
