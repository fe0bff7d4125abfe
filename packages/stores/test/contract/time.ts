import { REUSE_INTERVAL_MS } from "@counterfoil/core";
import { expect, it } from "vitest";
import {
  context,
  DAY,
  expectEnded,
  facts,
  INACTIVITY_SECONDS,
  opening,
  redeem,
  resolve,
  revocations,
  signIn,
} from "../make.ts";
import type { MakeStore } from "../store.ts";

export function timeContract(make: MakeStore): void {
  it("R069 nothing brings an ended session back", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    for (const transport of ["cookie", "bearer"] as const) {
      const { sid, subject, user } = await signIn(ledger, { transport });
      await ledger.revokeSession({ sid, subject, reason: "logout", context: null });
      const over = await ledger.readSession(sid);
      clock.stepSeconds(120);
      await ledger.touchSession(sid);
      await ledger.amendSession({ sid, version: 0, data: '{"a":1}' });
      for (const counter of [0, 1, 9]) {
        await redeem(ledger, sid, counter, { key: "k" });
        await resolve(ledger, sid, counter);
      }
      await ledger.reauthenticateSession({ sid, subject, claimsVersion: user.claimsVersion, context: context() });
      await ledger.revokeSession({ sid, subject, reason: "ended_by_operator", context: null });
      await ledger.openSession(opening(user));
      expect(await ledger.readSession(sid)).toEqual(over);
      expect((await ledger.listSessions(subject)).map((session) => session.sid)).not.toContain(sid);
    }
  });

  it.each(["touch", "amend", "reauthenticate", "redeem", "revoke"] as const)(
    "R019 %s on a session whose clock has run out writes its end, and a clock that steps back finds it over",
    async (operation) => {
      await using store = await make();
      const { ledger, clock } = store;
      const { sid, subject, user } = await signIn(ledger);
      clock.stepSeconds(INACTIVITY_SECONDS);
      const { claimsVersion } = user;
      const operations = {
        touch: () => ledger.touchSession(sid),
        amend: () => ledger.amendSession({ sid, version: 0, data: "{}" }),
        reauthenticate: () => ledger.reauthenticateSession({ sid, subject, claimsVersion, context: context() }),
        redeem: () => redeem(ledger, sid, 0),
        revoke: () => ledger.revokeSession({ sid, subject, reason: "logout", context: null }),
      };
      const outcomes = {
        touch: "ended",
        amend: "revoked",
        reauthenticate: "ended",
        redeem: "expired",
        revoke: "already_ended",
      };
      expect(await operations[operation]()).toMatchObject({ outcome: outcomes[operation] });
      await expectEnded(ledger, sid, "inactive");
      clock.stepSeconds(-INACTIVITY_SECONDS);
      expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "expired" });
      expect(await ledger.listSessions(subject)).toEqual([]);
    },
  );

  it("R019 a cookie's session that was refused once stays refused when the clock steps back", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger, { transport: "cookie" });
    clock.stepSeconds(INACTIVITY_SECONDS);
    expect(await resolve(ledger, sid)).toMatchObject({ outcome: "ended", reason: "inactive" });
    clock.stepSeconds(-INACTIVITY_SECONDS);
    expect(await resolve(ledger, sid)).toMatchObject({ outcome: "ended", reason: "inactive" });
  });

  it("activity never moves back with the clock", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { session, sid, subject, user } = await signIn(ledger);
    clock.stepSeconds(-3600);
    const kept = { session: { lastActiveAt: session.lastActiveAt } };
    expect(await ledger.touchSession(sid)).toEqual({ outcome: "recent" });
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "rotated", ...kept });
    const { claimsVersion } = user;
    expect(await ledger.reauthenticateSession({ sid, subject, claimsVersion, context: context() })).toMatchObject(kept);
    expect(await ledger.readSession(sid)).toMatchObject(kept);
  });

  it("a step back does not make a spent token good: outside R on either side it is reuse", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    await redeem(ledger, sid, 0);
    clock.step(-REUSE_INTERVAL_MS);
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "repeated" });
    clock.step(-1);
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "reused" });
    clock.step(REUSE_INTERVAL_MS + 1);
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "revoked" });
  });

  it("a step back never signs out whoever holds the current token", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    await redeem(ledger, sid, 0);
    clock.stepSeconds(-DAY);
    expect(await redeem(ledger, sid, 1)).toMatchObject({ outcome: "rotated", session: { counter: 2 } });
    clock.stepSeconds(DAY);
    expect(await redeem(ledger, sid, 2)).toMatchObject({ outcome: "rotated", session: { counter: 3 } });
  });

  it("the feed goes on telling, behind a cursor, what a clock that was wrong had taken for dead", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { cursor } = await ledger.readRevocations(null);
    const { sid } = await signIn(ledger);
    await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
    clock.stepSeconds(DAY);
    expect(facts(await ledger.readRevocations(cursor))).toEqual([{ type: "session-revoked", sid }]);
    clock.stepSeconds(-DAY);
    expect(await revocations(ledger)).toEqual([{ type: "session-revoked", sid }]);
  });
}
