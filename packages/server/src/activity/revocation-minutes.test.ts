import type { FeedEntry } from "@counterfoil/protocol";
import { expect, test } from "vitest";
import { RevocationMinutes } from "./revocation-minutes.ts";

const START = 1_800_000_030_000;
const ended = (sid: string, at: number): FeedEntry => ({ type: "session-revoked", sid, event_timestamp: at / 1000 });

test("a revocation is measured from the ledger to its readers, once, in the minute in which it got there", () => {
  let now = START;
  const minutes = new RevocationMinutes(() => now);
  const entries = [ended("a", START), ended("b", START + 20)];
  minutes.read({ entries, timeline: "one" });
  now += 40;
  minutes.handed();
  // Its log may still get something behind its end, and tells the same again.
  minutes.read({ entries, timeline: "one" });
  now += 60_000;
  minutes.handed();
  const told = minutes.minutes();
  expect(told).toHaveLength(60);
  expect(told.filter(({ count }) => count > 0)).toEqual([{ minute: START - 30_000, count: 2, meanMs: 30, maxMs: 40 }]);
});

test("what was decided before this process, or is told again with another history, is no measure of it", () => {
  let now = START;
  const minutes = new RevocationMinutes(() => now);
  minutes.read({ entries: [ended("old", START - 1), { type: "session-revoked", sid: "undated" }], timeline: "one" });
  now += 10;
  minutes.read({ entries: [ended("again", START + 5)], timeline: "two" });
  minutes.handed();
  expect(minutes.minutes().every(({ count, meanMs }) => count === 0 && meanMs === null)).toBe(true);
  minutes.read({ entries: [ended("new", now)], timeline: "two" });
  minutes.handed();
  expect(minutes.minutes().at(-1)).toMatchObject({ count: 1, maxMs: 0 });
});

test("an hour is kept, and no more", () => {
  let now = START;
  const minutes = new RevocationMinutes(() => now);
  for (let minute = 0; minute < 70; minute++) {
    minutes.read({ entries: [ended(`ses_${minute}`, now)], timeline: "one" });
    minutes.handed();
    now += 60_000;
  }
  expect(minutes.minutes().filter(({ count }) => count === 1)).toHaveLength(59);
});
