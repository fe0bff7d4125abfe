import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SEED } from "../../test/platform.ts";
import { refillMs, retryAfterSeconds, takeFrom } from "./bucket.ts";

const NOW = 1_800_000_000_000;
const bucket = { burst: 3, refillSeconds: 10 };

describe("a bucket", () => {
  test("gives its burst, then one for each refill, to the millisecond", () => {
    let fullAt = 0;
    for (let count = 0; count < 3; count++) {
      const from = takeFrom(bucket, fullAt, NOW);
      expect(from.fits).toBe(true);
      ({ fullAt } = from);
    }
    expect(fullAt).toBe(NOW + 30_000);
    expect(takeFrom(bucket, fullAt, NOW)).toEqual({ fits: false, fullAt, retryAfterMs: 10_000 });
    expect(takeFrom(bucket, fullAt, NOW + 9_999)).toEqual({ fits: false, fullAt, retryAfterMs: 1 });
    expect(takeFrom(bucket, fullAt, NOW + 10_000)).toEqual({ fits: true, fullAt: NOW + 40_000 });
  });

  test("whoever waits for as long as he was told finds one, and not a millisecond earlier", () => {
    const any = fc.record({
      burst: fc.integer({ min: 1, max: 200 }),
      refillSeconds: fc.integer({ min: 1, max: 900 }),
      ahead: fc.integer({ min: -10_000, max: 100_000_000 }),
    });
    fc.assert(
      fc.property(any, ({ ahead, ...of }) => {
        const from = takeFrom(of, NOW + ahead, NOW);
        if (from.fits) return;
        expect(from.retryAfterMs).toBeGreaterThan(0);
        expect(from.retryAfterMs).toBeLessThanOrEqual(refillMs(of));
        expect(takeFrom(of, from.fullAt, NOW + from.retryAfterMs).fits).toBe(true);
        expect(takeFrom(of, from.fullAt, NOW + from.retryAfterMs - 1).fits).toBe(false);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  test.each([
    [1, 1],
    [999, 1],
    [1000, 1],
    [1001, 2],
    [15_000, 15],
  ])("a wait of %d ms is told as %d s", (ms, seconds) => {
    expect(retryAfterSeconds(ms)).toBe(seconds);
  });
});
