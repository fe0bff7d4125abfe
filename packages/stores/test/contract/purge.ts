import { expect, it } from "vitest";
import { createUser, DAY, issueCode, open, redeem, resolve, signIn } from "../make.ts";
import type { MakeStore } from "../store.ts";

const KEEP = { keepEndedSessionsSeconds: 30 * DAY, keepEventsSeconds: 90 * DAY };

export function purgeContract(make: MakeStore): void {
  it("R157 sessions go once their end is old, whether somebody wrote it or nobody met them again", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid, subject, user } = await signIn(ledger, { lifetimeSeconds: 400 * DAY, inactivitySeconds: 400 * DAY });
    const ended = await open(ledger, user);
    const idle = await open(ledger, user, { inactivitySeconds: DAY, lifetimeSeconds: 400 * DAY });
    const brief = await open(ledger, user, { inactivitySeconds: 400 * DAY, lifetimeSeconds: DAY });
    await ledger.revokeSession({ sid: ended.sid, subject, reason: "logout", context: null });
    clock.stepSeconds(30 * DAY - 1);
    expect(await ledger.purge({ limit: 100, ...KEEP })).toMatchObject({ sessions: 0 });
    clock.stepSeconds(1);
    expect(await ledger.purge({ limit: 100, ...KEEP })).toMatchObject({ sessions: 1 });
    expect(await ledger.readSession(ended.sid)).toBeNull();
    expect(await redeem(ledger, ended.sid, 0)).toEqual({ outcome: "unknown" });
    clock.stepSeconds(DAY - 1);
    expect(await ledger.purge({ limit: 100, ...KEEP })).toMatchObject({ sessions: 0 });
    clock.stepSeconds(1);
    expect(await ledger.purge({ limit: 100, ...KEEP })).toMatchObject({ sessions: 2 });
    expect(await ledger.readSession(idle.sid)).toBeNull();
    expect(await ledger.readSession(brief.sid)).toBeNull();
    // The live one is as it was.
    expect((await ledger.listSessions(subject)).map((session) => session.sid)).toEqual([sid]);
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "rotated" });
  });

  it("takes no more than its limit of each kind, and says when there is more", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    for (let index = 0; index < 7; index++) {
      const { sid } = await signIn(ledger);
      await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
      await signIn(ledger, { lifetimeSeconds: 10 });
      await ledger.takeAttempts({ buckets: [{ key: `k${index}`, burst: 2, refillSeconds: 5 }] });
      await issueCode(ledger, (await createUser(ledger)).subject);
    }
    clock.stepSeconds(200 * DAY);
    await signIn(ledger);
    const input = { limit: 5, ...KEEP };
    const five = { sessions: 5, revocations: 5, attempts: 5, events: 5, passwordCodes: 5 };
    const two = { revocations: 2, attempts: 2, passwordCodes: 2 };
    const none = { revocations: 0, attempts: 0, passwordCodes: 0 };
    expect(await ledger.purge(input)).toEqual(five);
    expect(await ledger.purge(input)).toEqual({ ...five, ...two });
    expect(await ledger.purge(input)).toEqual({ ...five, ...none, sessions: 4 });
    expect(await ledger.purge(input)).toMatchObject({ sessions: 0, events: 5 });
  });

  it("a session that goes on being used stays, however often a purge looks, and goes once it is left", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const clocks = { inactivitySeconds: 10 * DAY, lifetimeSeconds: 100 * DAY };
    const { sid } = await signIn(ledger, clocks);
    const input = { limit: 100, keepEndedSessionsSeconds: DAY, keepEventsSeconds: 90 * DAY };
    for (let day = 0; day < 60; day += 6) {
      clock.stepSeconds(6 * DAY);
      expect(await ledger.touchSession(sid)).toEqual({ outcome: "touched" });
      expect(await ledger.purge(input)).toMatchObject({ sessions: 0 });
    }
    clock.stepSeconds(11 * DAY - 1);
    expect(await ledger.purge(input)).toMatchObject({ sessions: 0 });
    clock.stepSeconds(1);
    expect(await ledger.purge(input)).toMatchObject({ sessions: 1 });
    expect(await ledger.readSession(sid)).toBeNull();
  });

  it("takes old events, and their numbers are not given again", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    await signIn(ledger);
    clock.stepSeconds(90 * DAY);
    const { sid } = await signIn(ledger, { transport: "cookie" });
    expect(await ledger.purge({ limit: 100, ...KEEP })).toMatchObject({ events: 2 });
    expect((await ledger.readEvents({ limit: 10 })).map(({ id }) => id)).toEqual([3, 4]);
    clock.stepSeconds(90 * DAY);
    await ledger.purge({ limit: 100, ...KEEP });
    expect(await resolve(ledger, sid)).toMatchObject({ outcome: "unknown" });
    await signIn(ledger);
    expect((await ledger.readEvents({ after: 4, limit: 10 })).map(({ id }) => id)).toEqual([5, 6]);
  });

  it("a bucket that is not full yet stays", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const buckets = [{ key: "k", burst: 1, refillSeconds: 100 }];
    await ledger.takeAttempts({ buckets });
    clock.stepSeconds(99);
    expect(await ledger.purge({ limit: 100, ...KEEP })).toMatchObject({ attempts: 0 });
    expect(await ledger.takeAttempts({ buckets })).toMatchObject({ outcome: "limited" });
  });

  it("a one-time code goes once it has run out, and not before", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { subject } = await createUser(ledger);
    const codeHash = await issueCode(ledger, subject);
    clock.stepSeconds(59);
    expect(await ledger.purge({ limit: 100, ...KEEP })).toMatchObject({ passwordCodes: 0 });
    expect(await ledger.findPasswordCode(codeHash)).toMatchObject({ subject });
    clock.stepSeconds(1);
    expect(await ledger.purge({ limit: 100, ...KEEP })).toMatchObject({ passwordCodes: 1 });
  });

  it("R157 two servers purge while sessions are used: none of those goes, and what they count together is what has gone", async () => {
    await using store = await make();
    const { ledger, other, clock } = store;
    const clocks = { inactivitySeconds: 10 * DAY, lifetimeSeconds: 400 * DAY };
    const user = await createUser(ledger);
    const sessions = await Promise.all(Array.from({ length: 30 }, () => open(ledger, user, clocks)));
    const used = sessions.slice(0, 10);
    const ended = sessions.slice(10, 20);
    clock.stepSeconds(9 * DAY);
    await Promise.all(used.map(({ sid }) => redeem(ledger, sid, 0)));
    await Promise.all(
      ended.map(({ sid }) => ledger.revokeSession({ sid, subject: null, reason: "logout", context: null })),
    );
    // By the first look at each, due are those that were used, too.
    clock.stepSeconds(3 * DAY);
    const bucket = (at: number) => ({ key: `k${at}`, burst: 1, refillSeconds: 3600 });
    const counts = { sessions: 0, revocations: 0 };
    const purging = async (server: typeof ledger) => {
      for (let again = 0; again < 12; again++) {
        const purged = await server.purge({ limit: 4, keepEndedSessionsSeconds: DAY, keepEventsSeconds: 90 * DAY });
        expect(Math.max(...Object.values(purged))).toBeLessThanOrEqual(4);
        counts.sessions += purged.sessions;
        counts.revocations += purged.revocations;
      }
    };
    const using = async (server: typeof ledger, half: number) => {
      for (const [at, { sid }] of used.entries()) {
        if (at % 2 !== half) continue;
        await server.takeAttempts({ buckets: [bucket(at)] });
        expect(await redeem(server, sid, 1)).toMatchObject({ outcome: "rotated" });
      }
    };
    await Promise.all([purging(ledger), purging(other), using(ledger, 0), using(other, 1)]);
    // One server alone sees the rest, where the two were in each other's way.
    await purging(ledger);
    expect(counts).toEqual({ sessions: 20, revocations: 10 });
    const live = await ledger.listSessions(user.subject);
    expect(new Set(live.map(({ sid }) => sid))).toEqual(new Set(used.map(({ sid }) => sid)));
    for (const at of used.keys()) {
      expect(await ledger.takeAttempts({ buckets: [bucket(at)] })).toMatchObject({ outcome: "limited" });
    }
  });
}
