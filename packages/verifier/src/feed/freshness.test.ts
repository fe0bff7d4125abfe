import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Freshness, ReceiptTimes } from "./freshness.ts";
import type { Instant } from "./freshness.ts";

const at = (monotonic: number, wall = monotonic): Instant => ({ monotonic, wall });

describe("the age of what is known", () => {
  test("counts from when it was asked for, not from when it came", () => {
    const freshness = new Freshness();
    const times = new ReceiptTimes(at(1000));
    freshness.take(times.asOf(77_000, at(1400))!, 5_000_000, at(1400));
    expect(freshness.stalenessMs(at(1400))).toBe(400);
    expect(freshness.ledgerNow(1400)).toBe(5_000_400);
    freshness.take(times.asOf(77_250, at(1500))!, 5_000_250, at(1500));
    expect(freshness.stalenessMs(at(1500))).toBe(250);
    expect([freshness.isWithin(1000, 2249, 2249), freshness.isWithin(1000, 2250, 2250)]).toEqual([true, false]);
  });

  test("is infinite, and the ledger's time no number, before the first receipt", () => {
    const freshness = new Freshness();
    expect(freshness.stalenessMs(at(0))).toBe(Infinity);
    expect(freshness.ledgerNow(0)).toBeNaN();
    expect(freshness.isWithin(1000, 0, 0)).toBe(false);
  });

  test("counts a step of the clock on the wall as time that passed: the machine may have slept", () => {
    const freshness = new Freshness();
    freshness.take(new ReceiptTimes(at(0)).asOf(9, at(0))!, 1, at(0));
    expect(freshness.stalenessMs(at(10, 3_600_010))).toBe(3_600_010);
    expect(freshness.isWithin(1000, 10, 3_600_010)).toBe(false);
    expect(freshness.stalenessMs(at(10, -3_600_000))).toBe(10);
  });

  test("is not made smaller by a stream that is behind", () => {
    const freshness = new Freshness();
    freshness.take(at(1000), 100_000, at(1000));
    freshness.take(at(400), 99_400, at(1100));
    expect(freshness.stalenessMs(at(1100))).toBe(100);
    expect(freshness.ledgerNow(1100)).toBe(100_100);
  });

  test.each([
    ["the machine slept", 250, at(250, 3_600_250)],
    ["the clock was set back", 250, at(250, -3_600_000)],
    ["the server's clock runs ahead", 3_600_000, at(250)],
  ])("is not told by a stream during which %s", (_name, since, now) => {
    const times = new ReceiptTimes(at(0));
    expect(times.asOf(0, at(0))).not.toBeNull();
    expect(times.asOf(since, now)).toBeNull();
  });

  test("the ledger's clock is followed back a little; further back, nothing is fresh until all that it knew has expired", () => {
    const freshness = new Freshness();
    const isFresh = (now: number) => freshness.isWithin(1000, now, now);
    freshness.take(at(0), 10_000_000, at(0));
    freshness.take(at(100), 9_950_100, at(100));
    expect([freshness.ledgerNow(100), isFresh(100)]).toEqual([9_950_100, true]);
    freshness.take(at(200), 9_950_099, at(200));
    expect([freshness.ledgerNow(200), isFresh(200), freshness.setBackMs(200)]).toEqual([9_950_099, false, 960_001]);
    // All that was minted before is expired then, with the tolerance at both its ends.
    const over = 10_000_100 + 910_000 - 9_950_099 + 200;
    freshness.take(at(over - 1), 9_950_099 + over - 201, at(over - 1));
    expect(isFresh(over - 1)).toBe(false);
    expect([isFresh(over), freshness.setBackMs(over)]).toEqual([true, 0]);
    freshness.reset();
    freshness.take(at(over), 1_000_000, at(over));
    expect([freshness.ledgerNow(over), isFresh(over)]).toEqual([1_000_000, true]);
  });
});

/** A request as it truly went: all times on one true clock. */
const request = fc.record({
  askedAt: fc.nat(5000),
  /** From asking to the first read: the way there, a paused server, a slow ledger. */
  firstRead: fc.nat(3000),
  /** Between reads, and what each receipt waits for on its way: a pause, a proxy that buffers. */
  reads: fc.array(fc.record({ gap: fc.nat(2000), wait: fc.nat(10_000) }), { minLength: 1, maxLength: 8 }),
  serverStart: fc.integer({ min: -1_000_000, max: 1_000_000 }),
});

test("R127 whatever is delayed, paused, buffered or out of order, it never claims to be fresher than it is", () => {
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 4 }), fc.nat(20_000), (requests, extra) => {
      const receipts = requests.flatMap(({ askedAt, firstRead, reads, serverStart }) => {
        const times = new ReceiptTimes(at(askedAt));
        let readAt = askedAt + firstRead;
        let arrived = 0;
        return reads.map(({ gap, wait }, index) => {
          readAt += index === 0 ? 0 : gap;
          // What one connection brings comes in its order; two connections keep none.
          arrived = Math.max(arrived, readAt + wait);
          return { times, truth: readAt, said: readAt + serverStart, arrived };
        });
      });
      const freshness = new Freshness();
      let newest = Number.NEGATIVE_INFINITY;
      for (const { times, truth, said, arrived } of receipts.toSorted((a, b) => a.arrived - b.arrived)) {
        const asOf = times.asOf(said, at(arrived));
        newest = Math.max(newest, truth);
        expect(asOf!.monotonic).toBeLessThanOrEqual(truth);
        freshness.take(asOf!, truth, at(arrived));
        for (const now of [arrived, arrived + extra]) {
          expect(freshness.stalenessMs(at(now))).toBeGreaterThanOrEqual(now - newest);
        }
      }
    }),
    { seed: 20_261_202, numRuns: 3000 },
  );
});

test("R127 a machine that slept in the middle, its monotonic clock standing still, claims nothing that is not so", () => {
  fc.assert(
    fc.property(request, fc.nat(40_000), fc.nat(100_000), ({ askedAt, firstRead, reads }, sleepAt, slept) => {
      // The clock on the wall tells the true time; the other one misses the sleep.
      const here = (truth: number) => at(truth - Math.min(Math.max(truth - sleepAt, 0), slept), truth);
      const times = new ReceiptTimes(here(askedAt));
      const freshness = new Freshness();
      let readAt = askedAt + firstRead;
      let arrived = 0;
      for (const { gap, wait } of reads) {
        arrived = Math.max(arrived, readAt + wait);
        const asOf = times.asOf(readAt, here(arrived));
        if (asOf !== null) freshness.take(asOf, readAt, here(arrived));
        expect(freshness.stalenessMs(here(arrived))).toBeGreaterThanOrEqual(arrived - readAt);
        readAt += gap;
      }
    }),
    { seed: 20_261_203, numRuns: 3000 },
  );
});
