import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { now } from "../clock.ts";
import type { Held } from "./held.ts";
import { heldElsewhere, heldFrom, isNewer, isUsable } from "./held.ts";

const ANSWER = {
  access_token: "a.b.c",
  token_type: "Bearer",
  expires_in: 600,
  user: { sub: "u1", username: "kavya", roles: [] },
  sid: "s1",
  claims_version: 3,
};
const HOUR_MS = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const held = (over: object = {}): Held => heldFrom({ ...ANSWER, ...over }, now())!;

test.each([
  {},
  { error: "no" },
  { ...ANSWER, sid: undefined },
  { ...ANSWER, expires_in: "600" },
  { ...ANSWER, access_token: null },
])("an answer without a session in it is none: %j", (body) => {
  expect(heldFrom(body, now())).toBeNull();
});

test("a token is used until shortly before it expires", () => {
  const one = held();
  vi.advanceTimersByTime(594_999);
  expect(isUsable(one)).toBe(true);
  vi.advanceTimersByTime(2);
  expect(isUsable(one)).toBe(false);
});

test("a clock that is wrong says nothing: a step back makes no token older nor younger, and a step forward ends it at the most", () => {
  const one = held();
  vi.setSystemTime(Date.now() - HOUR_MS);
  expect(isUsable(one)).toBe(true);
  vi.advanceTimersByTime(600_000);
  expect(isUsable(one)).toBe(false);
  const other = held();
  vi.setSystemTime(Date.now() + HOUR_MS);
  expect(isUsable(other)).toBe(false);
});

test("what lay in a sleeping tab's mail for an hour is an hour old", () => {
  const sent = structuredClone(held());
  vi.advanceTimersByTime(HOUR_MS);
  expect(isUsable(heldElsewhere(sent))).toBe(false);
  const fresh = structuredClone(held());
  // The steady clock of each tab begins with the tab.
  expect(isUsable(heldElsewhere({ ...fresh, obtained: { ...fresh.obtained, steadyMs: -HOUR_MS } }))).toBe(true);
});

test("later claims are newer whatever the clock, then the fresher token", () => {
  const old = held();
  const newer = held({ claims_version: 4 });
  vi.advanceTimersByTime(1_000);
  const fresher = held();
  expect([isNewer(newer, fresher), isNewer(fresher, newer)]).toEqual([true, false]);
  expect([isNewer(fresher, old), isNewer(old, fresher)]).toEqual([true, false]);
  // Each session counts its own user's claims.
  const another = held({ sid: "s2", claims_version: 1 });
  vi.advanceTimersByTime(1_000);
  expect([isNewer(newer, another), isNewer(another, newer)]).toEqual([false, true]);
});
