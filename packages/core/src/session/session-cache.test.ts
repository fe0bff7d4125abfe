import { beforeEach, describe, expect, test } from "vitest";
import { FakeClock } from "../../test/platform.ts";
import type { Subject } from "../user/user.ts";
import { SessionCache } from "./session-cache.ts";
import type { Session, Sid } from "./session.ts";

const MINUTE = 60_000;

let clock: FakeClock;
let revoked: Set<string>;
let versions: Map<string, number>;

beforeEach(() => {
  clock = new FakeClock();
  revoked = new Set();
  versions = new Map();
});

function cacheOf(limit?: number): SessionCache {
  const lookup = {
    isSessionRevoked: (sid: string) => revoked.has(sid),
    minimumClaimsVersion: (subject: string) => versions.get(subject) ?? 0,
  };
  return limit === undefined ? new SessionCache(clock, lookup) : new SessionCache(clock, lookup, limit);
}

function sessionOf(changes: Partial<Session> = {}): Session {
  return {
    sid: "ses_1" as Sid,
    subject: "usr_1" as Subject,
    username: "kavya",
    transport: "cookie",
    remember: false,
    clientId: "first-party",
    audience: null,
    deviceName: null,
    amr: ["pwd"],
    authTime: clock.now(),
    createdAt: clock.now(),
    lastActiveAt: clock.now(),
    inactivitySeconds: 43_200,
    expiresAt: clock.now() + 86_400_000,
    userAgent: null,
    counter: 0,
    roles: ["user"],
    claimsVersion: 3,
    ...changes,
  };
}

describe("the session cache can only say yes", () => {
  test("it gives what was put, by the key that it was put under", () => {
    const cache = cacheOf();
    const session = sessionOf();
    cache.put("cfs_a", session, clock.monotonic());
    expect(cache.get("cfs_a", clock.now())).toBe(session);
    expect(cache.get("cfs_b", clock.now())).toBeNull();
    expect(cache.get("ses_1", clock.now())).toBeNull();
  });

  test("a session is used for five minutes from the start of its read, by the clock that does not step", () => {
    const cache = cacheOf();
    const startedAt = clock.monotonic();
    clock.pass(4 * MINUTE);
    // The read took four minutes: one is left.
    cache.put("cfs_a", sessionOf(), startedAt);
    clock.step(-3600_000);
    clock.pass(MINUTE - 1);
    expect(cache.get("cfs_a", clock.now())).not.toBeNull();
    clock.pass(1);
    expect(cache.get("cfs_a", clock.now())).toBeNull();
    expect(cache.size).toBe(0);
  });

  test("R025 once it is cleared it knows nothing, and takes nothing that was being read meanwhile", () => {
    const cache = cacheOf();
    cache.put("cfs_a", sessionOf(), clock.monotonic());
    const startedAt = clock.monotonic();
    clock.pass(1);
    cache.clear();
    cache.put("cfs_a", sessionOf(), startedAt);
    expect([cache.get("cfs_a", clock.now()), cache.size]).toEqual([null, 0]);
    clock.pass(1);
    cache.put("cfs_a", sessionOf(), clock.monotonic());
    expect(cache.get("cfs_a", clock.now())).not.toBeNull();
  });

  test("R021 a revocation is looked for at each use, and also refuses what is put after it", () => {
    const cache = cacheOf();
    const startedAt = clock.monotonic();
    cache.put("cfs_a", sessionOf(), startedAt);
    expect(cache.get("cfs_a", clock.now())).not.toBeNull();
    revoked.add("ses_1");
    expect(cache.get("cfs_a", clock.now())).toBeNull();
    // A read that had begun before it ends now.
    cache.put("cfs_a", sessionOf(), startedAt);
    expect(cache.get("cfs_a", clock.now())).toBeNull();
  });

  test("a decision about the user refuses what was read before it, and not what was read after", () => {
    const cache = cacheOf();
    cache.put("cfs_a", sessionOf({ claimsVersion: 3 }), clock.monotonic());
    versions.set("usr_1", 3);
    expect(cache.get("cfs_a", clock.now())).not.toBeNull();
    versions.set("usr_1", 4);
    expect(cache.get("cfs_a", clock.now())).toBeNull();
    cache.put("cfs_a", sessionOf({ claimsVersion: 4 }), clock.monotonic());
    expect(cache.get("cfs_a", clock.now())).not.toBeNull();
    versions.set("usr_2", 9);
    expect(cache.get("cfs_a", clock.now())).not.toBeNull();
  });

  test.each([
    ["R019 inactive", { inactivitySeconds: 60 }],
    ["R020 past its lifetime", { expiresAt: 1_800_000_060_000 }],
  ])("a session that is %s is not given, by the ledger's time and to the millisecond", (_name, changes) => {
    const cache = cacheOf();
    const end = clock.now() + 60_000;
    cache.put("cfs_a", sessionOf(changes), clock.monotonic());
    expect(cache.get("cfs_a", end - 1)).not.toBeNull();
    expect(cache.get("cfs_a", end)).toBeNull();
  });

  test("what this process writes itself makes an entry no younger, and brings none back", () => {
    const cache = cacheOf();
    cache.put("cfs_a", sessionOf(), clock.monotonic());
    clock.pass(4 * MINUTE);
    cache.replace("cfs_a", sessionOf({ lastActiveAt: clock.now() }));
    expect(cache.get("cfs_a", clock.now())?.lastActiveAt).toBe(clock.now());
    clock.pass(MINUTE);
    expect(cache.get("cfs_a", clock.now())).toBeNull();
    cache.replace("cfs_a", sessionOf());
    expect(cache.get("cfs_a", clock.now())).toBeNull();
  });

  test("it is bounded: the oldest entry goes, a renewed one last", () => {
    const cache = cacheOf(3);
    for (const key of ["a", "b", "c"]) cache.put(key, sessionOf(), clock.monotonic());
    cache.put("a", sessionOf(), clock.monotonic());
    cache.put("d", sessionOf(), clock.monotonic());
    expect(cache.size).toBe(3);
    expect(["a", "b", "c", "d"].filter((key) => cache.get(key, clock.now()) !== null)).toEqual(["a", "c", "d"]);
  });

  test("it forgets what is deleted", () => {
    const cache = cacheOf();
    cache.put("cfs_a", sessionOf(), clock.monotonic());
    cache.delete("cfs_a");
    expect(cache.get("cfs_a", clock.now())).toBeNull();
  });
});
