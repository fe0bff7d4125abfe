import { expect, it } from "vitest";
import type { MakeStore } from "../store.ts";

export function attemptsContract(make: MakeStore): void {
  const bucket = { key: "account:kavya", burst: 5, refillSeconds: 10 };

  it("taken, limited: a bucket gives its burst, then one each time it fills up by one", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await ledger.takeAttempt(bucket)).toEqual({ outcome: "taken" });
    }
    expect(await ledger.takeAttempt(bucket)).toEqual({ outcome: "limited", retryAfterSeconds: 10 });
    clock.stepSeconds(9);
    expect(await ledger.takeAttempt(bucket)).toEqual({ outcome: "limited", retryAfterSeconds: 1 });
    clock.stepSeconds(1);
    expect(await ledger.takeAttempt(bucket)).toEqual({ outcome: "taken" });
    expect(await ledger.takeAttempt(bucket)).toEqual({ outcome: "limited", retryAfterSeconds: 10 });
    clock.stepSeconds(10_000);
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await ledger.takeAttempt(bucket)).toEqual({ outcome: "taken" });
    }
    expect(await ledger.takeAttempt(bucket)).toMatchObject({ outcome: "limited" });
  });

  it("an attempt that is refused costs nothing", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    for (let attempt = 0; attempt < 50; attempt++) await ledger.takeAttempt(bucket);
    clock.stepSeconds(10);
    expect(await ledger.takeAttempt(bucket)).toEqual({ outcome: "taken" });
  });

  it("R113 parallel attempts are counted exactly", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const wide = { ...bucket, burst: 37 };
    const taken = await Promise.all(
      Array.from({ length: 120 }, (_, index) => (index % 2 === 0 ? ledger : other).takeAttempt(wide)),
    );
    expect(taken.filter(({ outcome }) => outcome === "taken")).toHaveLength(37);
  });

  it("buckets do not share, and forgiving gives all of one back", async () => {
    await using store = await make();
    const { ledger } = store;
    const one = { ...bucket, burst: 1 };
    expect(await ledger.takeAttempt(one)).toEqual({ outcome: "taken" });
    expect(await ledger.takeAttempt({ ...one, key: "account:arjun" })).toEqual({ outcome: "taken" });
    expect(await ledger.takeAttempt(one)).toMatchObject({ outcome: "limited" });
    await ledger.forgiveAttempts(bucket.key);
    expect(await ledger.takeAttempt(one)).toEqual({ outcome: "taken" });
    expect(await ledger.takeAttempt({ ...one, key: "account:arjun" })).toMatchObject({ outcome: "limited" });
  });

  it("an attempt that is returned is one more, and never more than a full bucket", async () => {
    await using store = await make();
    const { ledger, other, clock } = store;
    await ledger.returnAttempt(bucket);
    for (let attempt = 0; attempt < 5; attempt++) await ledger.takeAttempt(bucket);
    await Promise.all([ledger.returnAttempt(bucket), other.returnAttempt(bucket)]);
    expect(await ledger.takeAttempt(bucket)).toEqual({ outcome: "taken" });
    expect(await ledger.takeAttempt(bucket)).toEqual({ outcome: "taken" });
    expect(await ledger.takeAttempt(bucket)).toEqual({ outcome: "limited", retryAfterSeconds: 10 });
    clock.stepSeconds(1000);
    for (let attempt = 0; attempt < 3; attempt++) await ledger.returnAttempt(bucket);
    const taken = await Promise.all(Array.from({ length: 20 }, () => ledger.takeAttempt(bucket)));
    expect(taken.filter(({ outcome }) => outcome === "taken")).toHaveLength(5);
  });

  it.each([0, 3, 5])(
    "a step of the clock back (%d attempts taken) locks out no longer than a bucket takes",
    async (n) => {
      await using store = await make();
      const { ledger, clock } = store;
      for (let attempt = 0; attempt < n; attempt++) await ledger.takeAttempt(bucket);
      clock.stepSeconds(-86_400);
      let waited = 0;
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one waits for the other
        const attempt = await ledger.takeAttempt(bucket);
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
    for (let attempt = 0; attempt < 5; attempt++) await ledger.takeAttempt(bucket);
    clock.stepSeconds(86_400);
    const taken = await Promise.all(Array.from({ length: 20 }, () => ledger.takeAttempt(bucket)));
    expect(taken.filter(({ outcome }) => outcome === "taken")).toHaveLength(5);
  });
}
