import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BackOff, backOffMs } from "./back-off.ts";
import { ClientError } from "./client-error.ts";

const fault = (retryAfterSeconds: number | null = null) =>
  new ClientError({ ok: false, code: "unavailable", error: "out of reach", retryAfterSeconds });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it doubles up to half a minute, and half of it is by chance", () => {
  for (const [faults, most] of [
    [0, 500],
    [1, 1_000],
    [3, 4_000],
    [6, 30_000],
    [5_000, 30_000],
  ] as const) {
    for (let i = 0; i < 100; i++) {
      const ms = backOffMs(faults, null);
      expect(ms).toBeGreaterThanOrEqual(most / 2);
      expect(ms).toBeLessThanOrEqual(most);
    }
  }
});

test("it is no shorter than the server asked for, up to five minutes", () => {
  expect(backOffMs(0, 60)).toBeGreaterThanOrEqual(60_000);
  expect(backOffMs(0, 1e9)).toBeLessThanOrEqual(300_250);
});

test("a server that had a fault is left alone for a while, and then it is not", async () => {
  const backOff = new BackOff();
  const out = fault(10);
  backOff.begin(out);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(backOff.fault).toBe(out);
  await vi.advanceTimersByTimeAsync(502);
  expect(backOff.fault).toBeNull();
});

test("it is cut short where there is reason to try again", async () => {
  const backOff = new BackOff();
  backOff.begin(fault(200));
  backOff.cut();
  await backOff.over;
  expect(backOff.fault).toBeNull();
});
