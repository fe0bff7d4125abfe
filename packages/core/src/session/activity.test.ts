import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeClock, gate, settle } from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import type { TouchSession } from "../ledger/sessions.ts";
import { ActivityRecorder } from "./activity.ts";
import type { Sid } from "./session.ts";

let clock: FakeClock;
let batches: (readonly TouchSession[])[];
let faults: unknown[];
let answer: () => Promise<void>;
let activity: ActivityRecorder;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  clock = new FakeClock();
  batches = [];
  faults = [];
  answer = () => Promise.resolve();
  activity = new ActivityRecorder({
    clock,
    ledger: {
      touchSessions: async (touches) => {
        batches.push(touches);
        await answer();
        return { touched: touches.length };
      },
    },
    onFault: (error) => void faults.push(error),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const sid = (number: number) => `ses_${number}` as Sid;
const sizes = () => batches.map((batch) => batch.length);

async function pass(milliseconds: number): Promise<void> {
  clock.pass(milliseconds);
  vi.advanceTimersByTime(milliseconds);
  await settle();
}

function note(count: number, from = 0): void {
  for (let at = from; at < from + count; at++) activity.note(sid(at));
}

const failing = () => Promise.reject(new StoreError("out of reach"));

test("is written once a second, each session once, with its last time", async () => {
  activity.note(sid(1));
  await pass(400);
  activity.note(sid(2));
  activity.note(sid(1));
  await pass(599);
  expect(batches).toEqual([]);
  await pass(1);
  expect(batches).toEqual([
    [
      { sid: sid(1), agoMs: 600 },
      { sid: sid(2), agoMs: 600 },
    ],
  ]);
  await pass(10_000);
  expect(batches).toHaveLength(1);
});

test("is written as soon as 500 sessions wait, one batch at a time", async () => {
  const { opened, open } = gate();
  answer = () => opened;
  note(499);
  expect(batches).toEqual([]);
  note(1, 499);
  note(700, 500);
  await settle();
  expect(sizes()).toEqual([500]);
  open();
  await settle();
  await pass(1000);
  expect(sizes()).toEqual([500, 500, 200]);
  expect(new Set(batches.flat().map((touch) => touch.sid)).size).toBe(1200);
});

test("R154 waits while the ledger is out of reach, bounded, and says so once", async () => {
  answer = failing;
  note(30_000);
  for (let second = 0; second < 30; second++) await pass(1000);
  expect(batches.length).toBeLessThanOrEqual(31);
  expect(activity.waiting).toBe(20_000);
  expect(faults).toHaveLength(1);
  batches = [];
  answer = () => Promise.resolve();
  await pass(1000);
  await activity.flush();
  expect([activity.waiting, batches.length]).toEqual([0, 40]);
  expect(batches.flat().every(({ agoMs }) => agoMs === 31_000)).toBe(true);
});

test("of a session that is active again while its batch fails is the later one", async () => {
  const { opened, fail } = gate();
  answer = () => opened;
  activity.note(sid(1));
  await pass(1000);
  await pass(500);
  activity.note(sid(1));
  fail(new StoreError("out of reach"));
  await settle();
  answer = () => Promise.resolve();
  await pass(1000);
  expect(batches.at(-1)).toEqual([{ sid: sid(1), agoMs: 1000 }]);
});

test("a batch that the ledger will never take is in nobody's way", async () => {
  answer = () => Promise.reject(new TypeError("a bug"));
  note(2);
  await pass(1000);
  expect([activity.waiting, faults]).toEqual([0, [new TypeError("a bug")]]);
});

test("what waits is written at the end, and nothing keeps the process alive where it cannot be", async () => {
  note(3);
  await activity[Symbol.asyncDispose]();
  expect(sizes()).toEqual([3]);
  answer = failing;
  note(3);
  await activity[Symbol.asyncDispose]();
  expect(vi.getTimerCount()).toBe(0);
});
