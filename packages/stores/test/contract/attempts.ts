import type { Ledger, TakeAttempt } from "@counterfoil/core";
import { expect, it } from "vitest";
import { DAY } from "../make.ts";
import type { MakeStore } from "../store.ts";

/** A forgiving that forgives nothing: what a test is about stands beside it. */
const NOTHING = { keys: [], returned: [], known: null } as const;

const take = (ledger: Ledger, ...buckets: readonly TakeAttempt[]) => ledger.takeAttempts({ buckets });

/** How many attempts are left, by taking them. */
async function left(ledger: Ledger, bucket: TakeAttempt): Promise<number> {
  for (let count = 0; ; count++) {
    const attempt = await take(ledger, bucket);
    if (attempt.outcome === "limited") return count;
  }
}

export function attemptsContract(make: MakeStore): void {
  const bucket = { key: "account:kavya", burst: 5, refillSeconds: 10 };

  it("taken, limited: a bucket gives its burst, then one each time it fills up by one", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await take(ledger, bucket)).toMatchObject({ outcome: "taken" });
    }
    expect(await take(ledger, bucket)).toEqual({ outcome: "limited", key: bucket.key, retryAfterSeconds: 10 });
    clock.stepSeconds(9);
    expect(await take(ledger, bucket)).toEqual({ outcome: "limited", key: bucket.key, retryAfterSeconds: 1 });
    clock.stepSeconds(1);
    expect(await take(ledger, bucket)).toMatchObject({ outcome: "taken" });
    expect(await take(ledger, bucket)).toEqual({ outcome: "limited", key: bucket.key, retryAfterSeconds: 10 });
    clock.stepSeconds(10_000);
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await take(ledger, bucket)).toMatchObject({ outcome: "taken" });
    }
    expect(await take(ledger, bucket)).toMatchObject({ outcome: "limited" });
  });

  it("an attempt that is refused costs nothing", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    for (let attempt = 0; attempt < 50; attempt++) await take(ledger, bucket);
    clock.stepSeconds(10);
    expect(await take(ledger, bucket)).toMatchObject({ outcome: "taken" });
  });

  it("R113 parallel attempts are counted exactly", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const wide = { ...bucket, burst: 37 };
    const taken = await Promise.all(
      Array.from({ length: 120 }, (_, index) => take(index % 2 === 0 ? ledger : other, wide)),
    );
    expect(taken.filter(({ outcome }) => outcome === "taken")).toHaveLength(37);
  });

  it("buckets do not share, and forgiving gives all of one back", async () => {
    await using store = await make();
    const { ledger } = store;
    const one = { ...bucket, burst: 1 };
    expect(await take(ledger, one)).toMatchObject({ outcome: "taken" });
    expect(await take(ledger, { ...one, key: "account:arjun" })).toMatchObject({ outcome: "taken" });
    expect(await take(ledger, one)).toMatchObject({ outcome: "limited" });
    await ledger.forgiveAttempts({ ...NOTHING, keys: [bucket.key] });
    expect(await take(ledger, one)).toMatchObject({ outcome: "taken" });
    expect(await take(ledger, { ...one, key: "account:arjun" })).toMatchObject({ outcome: "limited" });
  });

  it("an attempt that is returned is one more, and never more than a full bucket", async () => {
    await using store = await make();
    const { ledger, other, clock } = store;
    await ledger.returnAttempts([bucket]);
    for (let attempt = 0; attempt < 5; attempt++) await take(ledger, bucket);
    await Promise.all([ledger.returnAttempts([bucket]), other.returnAttempts([bucket])]);
    expect(await take(ledger, bucket)).toMatchObject({ outcome: "taken" });
    expect(await take(ledger, bucket)).toMatchObject({ outcome: "taken" });
    expect(await take(ledger, bucket)).toEqual({ outcome: "limited", key: bucket.key, retryAfterSeconds: 10 });
    clock.stepSeconds(1000);
    for (let attempt = 0; attempt < 3; attempt++) await ledger.returnAttempts([bucket]);
    const taken = await Promise.all(Array.from({ length: 20 }, () => take(ledger, bucket)));
    expect(taken.filter(({ outcome }) => outcome === "taken")).toHaveLength(5);
  });

  it.each([0, 3, 5])(
    "a step of the clock back (%d attempts taken) locks out no longer than a bucket takes",
    async (n) => {
      await using store = await make();
      const { ledger, clock } = store;
      for (let attempt = 0; attempt < n; attempt++) await take(ledger, bucket);
      clock.stepSeconds(-86_400);
      let waited = 0;
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one waits for the other
        const attempt = await take(ledger, bucket);
        if (attempt.outcome === "taken") break;
        expect(attempt.retryAfterSeconds).toBeLessThanOrEqual(10);
        waited += attempt.retryAfterSeconds;
        clock.stepSeconds(attempt.retryAfterSeconds);
      }
      expect(waited).toBeLessThanOrEqual(bucket.burst * bucket.refillSeconds);
    },
  );

  it("a step of the clock forward gives a bucket at most, not more", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    for (let attempt = 0; attempt < 5; attempt++) await take(ledger, bucket);
    clock.stepSeconds(86_400);
    const taken = await Promise.all(Array.from({ length: 20 }, () => take(ledger, bucket)));
    expect(taken.filter(({ outcome }) => outcome === "taken")).toHaveLength(5);
  });

  const large = { key: "address:192.0.2.1", burst: 9, refillSeconds: 1 };
  const small = { key: "account:kavya", burst: 4, refillSeconds: 60 };

  it("R153 of several buckets one attempt of each is taken, or none of any", async () => {
    await using store = await make();
    const { ledger } = store;
    for (let attempt = 0; attempt < 4; attempt++) {
      expect(await take(ledger, large, small)).toEqual({ outcome: "taken", buckets: [large, small] });
    }
    for (let attempt = 0; attempt < 20; attempt++) {
      expect(await take(ledger, large, small)).toEqual({ outcome: "limited", key: small.key, retryAfterSeconds: 60 });
      expect(await take(ledger, small, large)).toMatchObject({ outcome: "limited", key: small.key });
    }
    expect(await left(ledger, large)).toBe(5);
  });

  it("the wait that is told is the longest of those that are empty, and not a second too short or too long", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const slow = { key: "slow", burst: 1, refillSeconds: 100 };
    const quick = { key: "quick", burst: 1, refillSeconds: 30 };
    await take(ledger, slow);
    clock.stepSeconds(50);
    await take(ledger, quick);
    clock.step(-1);
    expect(await take(ledger, quick, slow)).toEqual({ outcome: "limited", key: "slow", retryAfterSeconds: 51 });
    clock.stepSeconds(25);
    expect(await take(ledger, quick, slow)).toEqual({ outcome: "limited", key: "slow", retryAfterSeconds: 26 });
    clock.step(25_000);
    expect(await take(ledger, quick, slow)).toEqual({ outcome: "limited", key: "slow", retryAfterSeconds: 1 });
    clock.step(1);
    expect(await take(ledger, quick, slow)).toMatchObject({ outcome: "taken" });
  });

  it("R113 R153 of parallel attempts that share some buckets, exactly as many are taken as the fullest allows", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const shared = { key: "m:shared", burst: 30, refillSeconds: 600 };
    const of = (index: number) => ({ key: `${index % 2 === 0 ? "a" : "z"}:${index % 8}`, burst: 5, refillSeconds: 60 });
    const attempts = Array.from({ length: 120 }, (_, index) => {
      const buckets = index % 3 === 0 ? [shared, of(index)] : [of(index), shared];
      return take(index % 2 === 0 ? ledger : other, ...buckets);
    });
    const taken = (await Promise.all(attempts)).filter(({ outcome }) => outcome === "taken");
    expect(taken).toHaveLength(30);
    // Eight of five are forty: ten have to be left in the eight.
    const rest = await Promise.all(Array.from({ length: 8 }, (_, index) => left(ledger, of(index))));
    expect(rest.reduce((sum, count) => sum + count, 0)).toBe(10);
  });

  it("returning gives one back to each bucket, forgiving all to some and one to others", async () => {
    await using store = await make();
    const { ledger } = store;
    for (let attempt = 0; attempt < 4; attempt++) await take(ledger, large, small);
    await ledger.returnAttempts([large, small]);
    expect(await left(ledger, small)).toBe(1);
    await ledger.forgiveAttempts({ ...NOTHING, keys: [small.key], returned: [large] });
    expect(await left(ledger, small)).toBe(4);
    expect(await left(ledger, large)).toBe(9 - 4 + 1 + 1);
  });

  it("R113 attempts that are taken and given back in parallel leave a bucket as it was", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const wide = { ...large, burst: 100, refillSeconds: 3600 };
    await Promise.all(
      Array.from({ length: 90 }, async (_, index) => {
        const used = index % 2 === 0 ? ledger : other;
        expect(await take(used, wide)).toMatchObject({ outcome: "taken" });
        await used.forgiveAttempts({ ...NOTHING, returned: [wide] });
      }),
    );
    expect(await left(ledger, wide)).toBe(100);
  });

  const exempting = { buckets: [large], unlessKnown: { key: "known:here", buckets: [small] } };
  const known = { key: "known:here", seconds: 90 * DAY };

  it("R114 what is known leaves the buckets out that are for strangers, and they are neither asked nor taken from", async () => {
    await using store = await make();
    const { ledger, other } = store;
    expect(await ledger.takeAttempts(exempting)).toEqual({ outcome: "taken", buckets: [large, small] });
    expect(await left(ledger, small)).toBe(3);
    expect(await ledger.takeAttempts(exempting)).toMatchObject({ outcome: "limited", key: small.key });
    await other.forgiveAttempts({ ...NOTHING, known });
    expect(await ledger.takeAttempts(exempting)).toEqual({ outcome: "taken", buckets: [large] });
    expect(
      await ledger.takeAttempts({ ...exempting, unlessKnown: { key: "known:elsewhere", buckets: [small] } }),
    ).toEqual({
      outcome: "limited",
      key: small.key,
      retryAfterSeconds: 60,
    });
    expect(await left(ledger, large)).toBe(7);
    expect(await ledger.takeAttempts(exempting)).toMatchObject({ outcome: "limited", key: large.key });
  });

  it("R114 what is known is so for its time, counted from when it was last said, and outlives each purge until then", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const purge = () => ledger.purge({ limit: 100, keepEndedSessionsSeconds: DAY, keepEventsSeconds: DAY });
    await ledger.forgiveAttempts({ ...NOTHING, known });
    clock.stepSeconds(40 * DAY);
    await ledger.forgiveAttempts({ ...NOTHING, known });
    clock.stepSeconds(90 * DAY - 1);
    expect(await purge()).toMatchObject({ attempts: 0 });
    expect(await ledger.takeAttempts(exempting)).toEqual({ outcome: "taken", buckets: [large] });
    clock.stepSeconds(1);
    expect(await ledger.takeAttempts(exempting)).toEqual({ outcome: "taken", buckets: [large, small] });
    clock.stepSeconds(DAY);
    expect(await purge()).toMatchObject({ attempts: 3 });
    expect(await purge()).toMatchObject({ attempts: 0 });
  });

  it("an attempt that is refused leaves nothing behind for the buckets that had one", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const empty = { key: "empty", burst: 1, refillSeconds: 1 };
    await take(ledger, empty);
    for (let index = 0; index < 50; index++) await take(ledger, empty, { ...small, key: `account:${index}` });
    clock.stepSeconds(DAY);
    expect(await ledger.purge({ limit: 100, keepEndedSessionsSeconds: DAY, keepEventsSeconds: DAY })).toMatchObject({
      attempts: 1,
    });
  });
}
