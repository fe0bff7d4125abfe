import type { VerifierId } from "@counterfoil/core";
import { expect, test } from "vitest";
import type { Following } from "./feed-streams.ts";
import { VerifierContacts } from "./verifier-contacts.ts";

const one = "ver_1" as VerifierId;
const other = "ver_2" as VerifierId;

test("a verifier was last heard of when it asked or took something, and is as stale as what it was told", () => {
  let now = 10_000;
  const following = new Map<VerifierId, Following>();
  const clock = { now: () => now, monotonic: () => now - 5000 };
  const contacts = new VerifierContacts(clock, { following: () => following });
  expect(contacts.of([one])).toEqual([{ streams: 0, lastAt: null, stalenessMs: null }]);
  contacts.asked(one);
  expect(contacts.of([one])).toEqual([{ streams: 0, lastAt: 10_000, stalenessMs: null }]);
  contacts.told(one);
  now += 700;
  contacts.asked(one);
  now += 300;
  following.set(other, { streams: 2, receiptAgeMs: 120, takenAgoMs: 20 });
  expect(contacts.of([one, other])).toEqual([
    { streams: 0, lastAt: 10_700, stalenessMs: 1000 },
    { streams: 2, lastAt: 10_980, stalenessMs: 120 },
  ]);
  following.set(one, { streams: 1, receiptAgeMs: Number.POSITIVE_INFINITY, takenAgoMs: 0 });
  expect(contacts.of([one])).toEqual([{ streams: 1, lastAt: 11_000, stalenessMs: null }]);
});

test("a verifier whose registration is gone is forgotten", () => {
  const clock = { now: () => 7, monotonic: () => 7 };
  const contacts = new VerifierContacts(clock, { following: () => new Map() });
  contacts.told(one);
  contacts.of([other]);
  expect(contacts.of([one])).toEqual([{ streams: 0, lastAt: null, stalenessMs: null }]);
});
