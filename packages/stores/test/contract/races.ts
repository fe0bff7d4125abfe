import { REUSE_INTERVAL_MS } from "@counterfoil/core";
import type { Ledger, Redeemed, Sid, Subject, User } from "@counterfoil/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { context, createUser, expectEnded, open, opening, redeem, signIn, setPassword } from "../make.ts";
import type { MakeStore, TestStore } from "../store.ts";

const SEED = 20_261_123;
const REDEEMERS = 8;

type Decide = (ledger: Ledger, who: { sid: Sid; subject: Subject; user: User }) => Promise<unknown>;

const ENDS: Record<string, Decide> = {
  revoke: (ledger, { sid }) => ledger.revokeSession({ sid, subject: null, reason: "logout", context: null }),
  disable: (ledger, { subject }) => ledger.setDisabled({ subject, disabled: true, context: null }),
  delete: (ledger, { subject }) => ledger.deleteUser({ subject, context: null }),
  "end all": (ledger, { subject }) =>
    ledger.revokeSessions({ subject, except: null, reason: "logout_all", context: null }),
  "set password": (ledger, { subject }) => setPassword(ledger, subject),
};

/** Runs tasks at once, each some turns of the event loop later than the first: so many interleavings. */
function interleaved<T>(tasks: readonly (() => Promise<T>)[], delays: readonly number[]): Promise<T[]> {
  return Promise.all(
    tasks.map(async (task, index) => {
      // oxlint-disable-next-line no-await-in-loop -- that is the delay
      for (let turn = 0; turn < (delays[index] ?? 0); turn++) await new Promise((resolve) => setImmediate(resolve));
      return task();
    }),
  );
}

const delays = (length: number) => fc.array(fc.integer({ min: 0, max: 6 }), { minLength: length, maxLength: length });
const parameters = { seed: SEED, numRuns: 25 };

export function racesContract(make: MakeStore): void {
  it.each(Object.entries(ENDS))(`R063 nothing is minted after %s (seed ${SEED})`, async (_, decide) => {
    await using store = await make();
    const { ledger, other } = store;
    const race = async (spread: readonly number[], late: number) => {
      const who = await signIn(ledger);
      let decided = false;
      const tooLate: string[] = [];
      const redeemers = Array.from({ length: REDEEMERS }, (__, index) => async (): Promise<Redeemed> => {
        const asked = decided;
        const redeemed = await redeem(index % 2 === 0 ? ledger : other, who.sid, index % 2);
        if (asked) tooLate.push(redeemed.outcome);
        return redeemed;
      });
      const decision = async () => {
        await decide(other, who);
        decided = true;
        return null;
      };
      await interleaved<Redeemed | null>([...redeemers, decision], [...spread, late]);
      // Whoever asks after the decision was answered is refused, always.
      expect(tooLate.filter((outcome) => outcome !== "revoked")).toEqual([]);
      expect(await redeem(ledger, who.sid, 1)).toMatchObject({ outcome: "revoked" });
      expect((await ledger.readSession(who.sid))?.endedAt).not.toBeNull();
      const told = (await ledger.readEvents({ sid: who.sid, limit: 100 })).map(({ body }) => body.type);
      expect(told.at(-1)).toBe("session_ended");
      expect(told.filter((type) => type === "session_ended")).toHaveLength(1);
    };
    const property = fc.asyncProperty(delays(REDEEMERS), fc.integer({ min: 0, max: 6 }), race);
    await fc.assert(property, parameters);
  });

  it(`R070 after a role change no redemption carries the old roles (seed ${SEED})`, async () => {
    await using store = await make();
    const race = async (spread: readonly number[], late: number) => {
      const { afterwards, meanwhile } = await raceRoles(store, spread, late);
      // What was minted while the change was on its way says so by its version, and is refused by the feed.
      for (const answer of meanwhile) expect(["old at 1", "new at 2"]).toContain(answer);
      expect(afterwards.filter((answer) => answer !== "new at 2")).toEqual([]);
      expect(afterwards.length + meanwhile.length).toBe(REDEEMERS);
    };
    await fc.assert(fc.asyncProperty(delays(REDEEMERS), fc.integer({ min: 0, max: 6 }), race), parameters);
  });

  it.each(Object.entries(ENDS).filter(([name]) => name !== "revoke"))(
    `no sign-in outlives %s that was decided while its password was being checked (seed ${SEED})`,
    async (_, decide) => {
      await using store = await make();
      const { ledger, other } = store;
      const race = async (spread: readonly number[], late: number) => {
        const user = await createUser(ledger);
        const { subject } = user;
        const signIns = Array.from({ length: 4 }, (__, index) => async () => {
          const opened = await (index % 2 === 0 ? ledger : other).openSession(opening(user));
          return opened.outcome;
        });
        const decision = async () => {
          await decide(other, { sid: "" as Sid, subject, user });
          return "decided" as const;
        };
        const outcomes = await interleaved<string>([...signIns, decision], [...spread, late]);
        for (const outcome of outcomes) expect(["opened", "claims_moved", "unknown", "decided"]).toContain(outcome);
        // Whatever was opened before is over, and nothing was opened after.
        expect(await ledger.listSessions(subject)).toEqual([]);
      };
      await fc.assert(fc.asyncProperty(delays(4), fc.integer({ min: 0, max: 6 }), race), parameters);
    },
  );

  it(`R121 of rehashes at once one is written, and a password that is set meanwhile stays (seed ${SEED})`, async () => {
    await using store = await make();
    const { ledger, other } = store;
    const race = async (spread: readonly number[], late: number) => {
      const { sid, subject, session } = await signIn(ledger);
      const { claimsVersion } = session;
      const rehashes = Array.from({ length: REDEEMERS }, (_, index) => async () => {
        const asked = index % 2 === 0 ? ledger : other;
        return (await asked.rehashPassword({ subject, from: "hash", to: `rehashed ${index}` })).outcome;
      });
      const change = async () => {
        const set = { sid, subject, claimsVersion, passwordHash: "new", context: context() };
        return (await other.changePassword(set)).outcome;
      };
      const outcomes = await interleaved<string>([...rehashes, change], [...spread, late]);
      // The change was decided at a version that no rehash moves.
      expect(outcomes.at(-1)).toBe("reauthenticated");
      expect(outcomes.filter((outcome) => outcome === "rehashed").length).toBeLessThanOrEqual(1);
      expect(await ledger.readUser(subject)).toMatchObject({
        passwordHash: "new",
        user: { claimsVersion: claimsVersion + 1 },
      });
      const { subject: quiet } = await createUser(ledger);
      const undisturbed = await Promise.all(
        [ledger, other, ledger, other].map((each) => each.rehashPassword({ subject: quiet, from: "hash", to: "to" })),
      );
      expect(undisturbed.filter(({ outcome }) => outcome === "rehashed")).toHaveLength(1);
    };
    await fc.assert(fc.asyncProperty(delays(REDEEMERS), fc.integer({ min: 0, max: 6 }), race), parameters);
  });

  it(`R062 redemptions of all generations at once leave one live head or none (seed ${SEED})`, async () => {
    await using store = await make();
    const { ledger, other, clock } = store;
    const race = async (spread: readonly number[], presented: readonly number[]) => {
      const { sid } = await signIn(ledger);
      for (const counter of [0, 1, 2]) {
        clock.step(REUSE_INTERVAL_MS + 1);
        await redeem(ledger, sid, counter);
      }
      clock.step(REUSE_INTERVAL_MS + 1);
      const answers = await interleaved(
        presented.map((counter, index) => () => redeem(index % 2 === 0 ? ledger : other, sid, counter)),
        spread,
      );
      const heads = new Set(answers.map((answer) => ("session" in answer ? answer.session.counter : null)));
      heads.delete(null);
      const stale = presented.some((counter) => counter < 2);
      if (stale) await expectEnded(ledger, sid, "reuse");
      // 3 repeated to a predecessor inside R, or 4 by the rotation: never two rotations.
      expect(answers.filter(({ outcome }) => outcome === "rotated").length).toBeLessThanOrEqual(1);
      expect(answers.filter(({ outcome }) => outcome === "reused").length).toBeLessThanOrEqual(1);
      for (const head of heads) expect([3, 4]).toContain(head);
    };
    const presented = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: REDEEMERS, maxLength: REDEEMERS });
    await fc.assert(fc.asyncProperty(delays(REDEEMERS), presented, race), parameters);
  });

  it("operations on many sessions at once do not disturb each other", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const user = await createUser(ledger);
    const sessions = await Promise.all(Array.from({ length: 30 }, () => open(ledger, user)));
    await Promise.all(
      sessions.map((session, index) =>
        index % 3 === 0
          ? ledger.revokeSession({ sid: session.sid, subject: null, reason: "logout", context: null })
          : redeem(index % 3 === 1 ? ledger : other, session.sid, 0),
      ),
    );
    const live = await ledger.listSessions(user.subject);
    expect(live).toHaveLength(20);
    expect(live.every((session) => session.counter === 1)).toBe(true);
  });
}

/** Redeems while the roles change: what those answered who asked after the change was, and the others. */
async function raceRoles({ ledger, other }: TestStore, spread: readonly number[], late: number) {
  const user = await createUser(ledger, ["old"]);
  const sessions = await Promise.all(Array.from({ length: REDEEMERS }, () => open(ledger, user)));
  const afterwards: string[] = [];
  const meanwhile: string[] = [];
  let changed = false;
  const redeemers = sessions.map(({ sid }, index) => async () => {
    const answers = changed ? afterwards : meanwhile;
    const redeemed = await redeem(index % 2 === 0 ? ledger : other, sid, 0);
    if (redeemed.outcome !== "rotated") throw new Error(redeemed.outcome);
    answers.push(`${redeemed.session.roles.join()} at ${redeemed.session.claimsVersion}`);
  });
  const change = async () => {
    await other.setRoles({ subject: user.subject, roles: ["new"], context: null });
    changed = true;
  };
  await interleaved([...redeemers, change], [...spread, late]);
  return { afterwards, meanwhile };
}
