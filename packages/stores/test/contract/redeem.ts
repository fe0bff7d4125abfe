import { REUSE_INTERVAL_MS, TOUCH_INTERVAL_MS } from "@counterfoil/core";
import { expect, it } from "vitest";
import {
  counterOf,
  eventTypes,
  expectEnded,
  INACTIVITY_SECONDS,
  LIFETIME_SECONDS,
  open,
  redeem,
  redeeming,
  revocations,
  signIn,
} from "../make.ts";
import type { MakeStore } from "../store.ts";

const LATER = REUSE_INTERVAL_MS + 1;

export function redeemContract(make: MakeStore): void {
  it("rotated: the first presentation gives a successor", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { session, sid } = await signIn(ledger);
    clock.stepSeconds(5);
    expect(await redeem(ledger, sid, 0)).toEqual({
      outcome: "rotated",
      session: { ...session, counter: 1, lastActiveAt: clock.now() },
      now: clock.now(),
    });
    expect(await eventTypes(ledger, { sid })).toEqual(["session_opened", "refresh_rotated"]);
  });

  it("R067 other_audience: only where the token is good, which it stays; a spent one is what it is", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger, { audience: "https://a.example" });
    const redeemFor = (audience: string, counter: number) =>
      ledger.redeem({ ...redeeming(sid, counter), audience: `https://${audience}.example` });
    const before = await ledger.readSession(sid);
    expect(await redeemFor("b", 0)).toMatchObject({ outcome: "other_audience", sid });
    expect(await ledger.readSession(sid)).toEqual(before);
    expect(await eventTypes(ledger, { sid })).toEqual(["session_opened"]);
    expect(await redeemFor("a", 0)).toMatchObject({ outcome: "rotated", session: { counter: 1 } });
    clock.step(LATER);
    await redeem(ledger, sid, 1);
    clock.step(LATER);
    expect(await redeemFor("b", 0)).toMatchObject({ outcome: "reused", sid });
    expect(await redeemFor("b", 2)).toMatchObject({ outcome: "revoked", reason: "reuse" });
  });

  it("R066 repeated: the predecessor inside R gives the same successor, and is written nowhere", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    await redeem(ledger, sid, 0);
    clock.step(REUSE_INTERVAL_MS);
    const before = await ledger.readSession(sid);
    for (let time = 0; time < 2; time++) {
      const again = await redeem(ledger, sid, 0);
      expect(again).toMatchObject({ outcome: "repeated", session: { counter: 1 } });
    }
    expect(await ledger.readSession(sid)).toEqual(before);
    expect(await eventTypes(ledger, { sid })).toEqual(["session_opened", "refresh_rotated"]);
  });

  it("unknown: no such locator", async () => {
    await using store = await make();
    expect(await redeem(store.ledger, "ses_none" as never, 0)).toEqual({ outcome: "unknown" });
  });

  it("unknown: a cookie session's locator is no refresh token's", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid } = await signIn(ledger, { transport: "cookie" });
    expect(await redeem(ledger, sid, 0)).toEqual({ outcome: "unknown" });
    expect(await redeem(ledger, sid, 7)).toEqual({ outcome: "unknown" });
    expect((await ledger.readSession(sid))?.session.counter).toBe(0);
  });

  it("R069 revoked: with the reason for which it ended", async () => {
    await using store = await make();
    const { ledger } = store;
    const { sid, subject } = await signIn(ledger);
    await ledger.revokeSession({ sid, subject: null, reason: "ended_by_user", context: null });
    expect(await redeem(ledger, sid, 0)).toEqual({ outcome: "revoked", sid, subject, reason: "ended_by_user" });
    // Also with a counter that would otherwise heal the ledger.
    expect(await redeem(ledger, sid, 9)).toMatchObject({ outcome: "revoked" });
    expect((await ledger.readSession(sid))?.session.counter).toBe(0);
  });

  it("R019 expired: by inactivity, on the very second, and its end is written", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid, subject } = await signIn(ledger);
    clock.step(INACTIVITY_SECONDS * 1000 - 1);
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "rotated" });
    clock.stepSeconds(INACTIVITY_SECONDS);
    expect(await redeem(ledger, sid, 1)).toEqual({ outcome: "expired", sid, subject, reason: "inactive" });
    await expectEnded(ledger, sid, "inactive");
    expect(await redeem(ledger, sid, 1)).toEqual({ outcome: "expired", sid, subject, reason: "inactive" });
    expect(await eventTypes(ledger, { sid })).toEqual(["session_opened", "refresh_rotated", "session_ended"]);
  });

  it("R020 expired: by its absolute lifetime, which no redemption moves", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { session, sid } = await signIn(ledger);
    let counter = 0;
    while (clock.now() + (INACTIVITY_SECONDS - 1) * 1000 < session.expiresAt) {
      clock.stepSeconds(INACTIVITY_SECONDS - 1);
      const redeemed = await redeem(ledger, sid, counter);
      expect(redeemed).toMatchObject({ outcome: "rotated", session: { expiresAt: session.expiresAt } });
      counter = counterOf(redeemed);
    }
    expect(counter).toBe(Math.floor(LIFETIME_SECONDS / INACTIVITY_SECONDS));
    clock.step(session.expiresAt - clock.now());
    expect(await redeem(ledger, sid, counter)).toMatchObject({ outcome: "expired", reason: "lifetime" });
  });

  it("R061 reused: a predecessor outside R ends the session, tells the feed, and leaves the user's others", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid, subject, user } = await signIn(ledger);
    const other = await open(ledger, user);
    await redeem(ledger, sid, 0);
    clock.step(LATER);
    expect(await redeem(ledger, sid, 0)).toEqual({ outcome: "reused", sid, subject });
    await expectEnded(ledger, sid, "reuse");
    expect(await revocations(ledger)).toEqual([{ type: "session-revoked", sid }]);
    const events = await ledger.readEvents({ sid, limit: 10 });
    expect(events.map(({ body }) => body).slice(-2)).toEqual([
      { type: "refresh_reused", presented: 0, counter: 1 },
      { type: "session_ended", reason: "reuse" },
    ]);
    // The thief's and the honest user's token alike.
    expect(await redeem(ledger, sid, 1)).toMatchObject({ outcome: "revoked", reason: "reuse" });
    expect(await redeem(ledger, other.sid, 0)).toMatchObject({ outcome: "rotated" });
  });

  it("R061 a token rotates at most once per R", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    await redeem(ledger, sid, 0);
    clock.step(REUSE_INTERVAL_MS);
    expect(await redeem(ledger, sid, 1)).toMatchObject({ outcome: "repeated", session: { counter: 1 } });
    clock.step(1);
    expect(await redeem(ledger, sid, 1)).toMatchObject({ outcome: "rotated", session: { counter: 2 } });
  });

  it("R062 64 concurrent redemptions give one successor and every answer is usable", async () => {
    await using store = await make();
    const { ledger, other, clock } = store;
    const { sid } = await signIn(ledger);
    for (let round = 0; round < 3; round++) {
      clock.step(LATER);
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, index) => redeem(index % 2 === 0 ? ledger : other, sid, round)),
      );
      expect(new Set(answers.map(counterOf))).toEqual(new Set([round + 1]));
      expect(answers.filter(({ outcome }) => outcome === "rotated")).toHaveLength(1);
    }
    const rotations = (await eventTypes(ledger, { sid })).filter((type) => type === "refresh_rotated");
    expect(rotations).toHaveLength(3);
  });

  it("R065 the key of a lost answer gets the same successor, however late", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    await redeem(ledger, sid, 0, { key: "k" });
    clock.stepSeconds(3600);
    expect(await redeem(ledger, sid, 0, { key: "k" })).toMatchObject({ outcome: "repeated", session: { counter: 1 } });
    // It was handed out just now, so it does not rotate at once.
    expect(await redeem(ledger, sid, 1)).toMatchObject({ outcome: "repeated", session: { counter: 1 } });
  });

  it.each([
    ["another key", "other"],
    ["no key", null],
  ])("R066 reused: late, with %s", async (_, key) => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    await redeem(ledger, sid, 0, { key: "k" });
    clock.step(LATER);
    expect(await redeem(ledger, sid, 0, { key })).toMatchObject({ outcome: "reused" });
  });

  it("R066 reused: the right key, once the successor has been seen", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    await redeem(ledger, sid, 0, { key: "k" });
    await redeem(ledger, sid, 1);
    clock.step(LATER);
    expect(await redeem(ledger, sid, 0, { key: "k" })).toMatchObject({ outcome: "reused" });
  });

  it("R066 two lost answers in a row are repeated by their own keys only", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    await redeem(ledger, sid, 0, { key: "first" });
    clock.step(LATER);
    await redeem(ledger, sid, 1, { key: "second" });
    clock.step(LATER);
    expect(await redeem(ledger, sid, 1, { key: "second" })).toMatchObject({ outcome: "repeated" });
    expect(await redeem(ledger, sid, 0, { key: "first" })).toMatchObject({ outcome: "reused" });
  });

  it("a counter above the ledger's heals it forward and is told as ledger_behind", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    expect(await redeem(ledger, sid, 5)).toMatchObject({ outcome: "repeated", session: { counter: 5 } });
    const [, behind] = await ledger.readEvents({ sid, limit: 10 });
    expect(behind?.body).toEqual({ type: "ledger_behind", presented: 5, counter: 0 });
    clock.step(LATER);
    expect(await redeem(ledger, sid, 5)).toMatchObject({ outcome: "rotated", session: { counter: 6 } });
  });

  it("a user's refresh is activity, a background one is not", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { session, sid } = await signIn(ledger);
    clock.stepSeconds(600);
    expect(await redeem(ledger, sid, 0, { background: true })).toMatchObject({
      outcome: "rotated",
      session: { lastActiveAt: session.lastActiveAt },
    });
    expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "repeated", session: { lastActiveAt: clock.now() } });
    const [, rotated] = await ledger.readEvents({ sid, limit: 10 });
    expect(rotated?.body).toEqual({ type: "refresh_rotated", counter: 1, background: true });
  });

  it("repeats note activity at most once a minute", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { sid } = await signIn(ledger);
    await redeem(ledger, sid, 0, { key: "k" });
    const rotatedAt = clock.now();
    clock.step(TOUCH_INTERVAL_MS - 1);
    expect(await redeem(ledger, sid, 0, { key: "k" })).toMatchObject({ session: { lastActiveAt: rotatedAt } });
    clock.step(1);
    expect(await redeem(ledger, sid, 0, { key: "k" })).toMatchObject({ session: { lastActiveAt: clock.now() } });
  });

  it("R030 a redemption moves neither authTime nor amr, and carries the roles of now", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const { session, sid, subject } = await signIn(ledger);
    clock.step(LATER);
    await ledger.setRoles({ subject, roles: ["late"], context: null });
    expect(await redeem(ledger, sid, 0)).toMatchObject({
      session: { authTime: session.authTime, amr: session.amr, roles: ["late"] },
    });
  });
}
