import { TOUCH_INTERVAL_MS } from "@counterfoil/core";
import { expect, it } from "vitest";
import { createUser, expectEnded, open, redeem, signIn } from "../make.ts";
import type { MakeStore } from "../store.ts";

const NOBODY = "ses_nobody" as never;

export function activityContract(make: MakeStore): void {
  it("touch: touched after a minute, recent before, ended, unknown", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    clock.step(TOUCH_INTERVAL_MS - 1);
    expect(await ledger.touchSession(sid)).toEqual({ outcome: "recent" });
    clock.step(1);
    expect(await ledger.touchSession(sid)).toEqual({ outcome: "touched" });
    expect((await ledger.readSession(sid))?.session.lastActiveAt).toBe(clock.now());
    await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
    clock.step(TOUCH_INTERVAL_MS);
    expect(await ledger.touchSession(sid)).toEqual({ outcome: "ended" });
    expect(await ledger.touchSession(NOBODY)).toEqual({ outcome: "unknown" });
  });

  it("R019 touched together: those alone that were active in time, each at its own time, and never back", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { user, sid } = await signIn(ledger);
    const clocks = { inactivitySeconds: 200, lifetimeSeconds: 1000 };
    const [ended, inactive, justInTime, tooLate, recent] = [
      await open(ledger, user),
      await open(ledger, user, clocks),
      await open(ledger, user, clocks),
      await open(ledger, user, { inactivitySeconds: 1000, lifetimeSeconds: 200 }),
      await open(ledger, user),
    ];
    await ledger.revokeSession({ sid: ended.sid, subject: null, reason: "logout", context: null });
    clock.stepSeconds(200);
    const touches = [
      { sid: recent.sid, agoMs: 140_001 },
      { sid, agoMs: 0 },
      { sid: NOBODY, agoMs: 0 },
      { sid: justInTime.sid, agoMs: 1 },
      { sid: inactive.sid, agoMs: 0 },
      { sid: tooLate.sid, agoMs: 0 },
      { sid: ended.sid, agoMs: 150_000 },
    ];
    const activeAt = async () =>
      Promise.all(
        [sid, justInTime.sid, recent.sid, inactive.sid, tooLate.sid, ended.sid].map(async (each) => {
          const record = await ledger.readSession(each);
          return clock.now() - record!.session.lastActiveAt;
        }),
      );
    expect(await ledger.touchSessions(touches)).toEqual({ touched: 2 });
    expect(await activeAt()).toEqual([0, 1, 200_000, 200_000, 200_000, 200_000]);
    await expectEnded(ledger, ended.sid, "logout");
    // Nothing else is written: who meets them next ends them.
    expect((await ledger.readSession(inactive.sid))?.endedAt).toBeNull();
    expect(await ledger.touchSessions(touches)).toEqual({ touched: 0 });
    expect(await ledger.touchSessions([{ sid, agoMs: 100_000 }])).toEqual({ touched: 0 });
    expect(await ledger.touchSessions([])).toEqual({ touched: 0 });
    expect((await activeAt())[0]).toBe(0);
  });

  it("R062 batches of activity from two servers, in any order, beside redemptions and ends, neither wait for each other nor revive", async () => {
    await using store = await make();
    const { ledger, other, clock } = store;
    const user = await createUser(ledger);
    const sessions = await Promise.all(Array.from({ length: 40 }, () => open(ledger, user)));
    const sids = sessions.map((each) => each.sid);
    for (let round = 0; round < 3; round++) {
      clock.step(2 * TOUCH_INTERVAL_MS);
      const touches = sids.map((each) => ({ sid: each, agoMs: 0 }));
      const counts = await Promise.all([
        ledger.touchSessions(touches),
        other.touchSessions(touches.toReversed()),
        ledger.touchSessions(touches.slice(10)),
        other.touchSessions(touches.slice(0, 30).toReversed()),
      ]);
      expect(counts.reduce((sum, { touched }) => sum + touched, 0)).toBe(40);
    }
    clock.step(2 * TOUCH_INTERVAL_MS);
    const touches = sids.map((each) => ({ sid: each, agoMs: 0 }));
    await Promise.all([
      other.revokeSessions({ subject: user.subject, except: null, reason: "logout_all", context: null }),
      ledger.touchSessions(touches),
      other.touchSessions(touches.toReversed()),
      ...sids.slice(0, 10).map((each) => redeem(ledger, each, 0)),
    ]);
    expect(await ledger.listSessions(user.subject)).toEqual([]);
    expect(await ledger.touchSessions(touches)).toEqual({ touched: 0 });
  });
}
