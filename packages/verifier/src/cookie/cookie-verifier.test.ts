import { describe, expect, test, vi } from "vitest";
import { HeldFeed } from "../../test/feed.ts";
import { MINTED_AT } from "../../test/mint.ts";
import type { RequestAuth } from "../request/auth.ts";
import { RevocationSet } from "../revocation/revocation-set.ts";
import { CookieVerifier } from "./cookie-verifier.ts";
import type { CookieVerifierParts } from "./cookie-verifier.ts";
import type { Introspected } from "./introspection.ts";

const COOKIE = "cfs_a";
const ACCEPTED = { ok: true, auth: { sid: "ses_a" } };
const ENDED = { ok: false, code: "invalid_session", status: 401 };
const UNAVAILABLE = { ok: false, code: "unavailable", status: 503, headers: { "Retry-After": "1" } };

function authOf(changes: Partial<RequestAuth> = {}): RequestAuth {
  return {
    sub: "usr_a",
    sid: "ses_a",
    roles: ["user"],
    authTime: MINTED_AT * 1000,
    amr: ["pwd"],
    claimsVersion: 3,
    expiresAt: (MINTED_AT + 86_400) * 1000,
    via: "cookie",
    claims: null,
    ...changes,
  };
}

function setUp(parts: Partial<CookieVerifierParts> = {}) {
  const feed = new HeldFeed();
  const time = { monotonic: 0 };
  const timers = new Set<{ readonly at: number; readonly action: () => void }>();
  const pass = (milliseconds: number) => {
    time.monotonic += milliseconds;
    for (const timer of timers) if (timer.at <= time.monotonic && timers.delete(timer)) timer.action();
  };
  const revocations = new RevocationSet(() => time.monotonic);
  const introspect = vi.fn<CookieVerifierParts["introspect"]>(async () => authOf());
  const verifier = new CookieVerifier({
    introspect,
    feed,
    revocations,
    whenStale: "catch-up",
    clock: {
      monotonic: () => time.monotonic,
      after: (milliseconds, action) => {
        const timer = { at: time.monotonic + milliseconds, action };
        timers.add(timer);
        return () => void timers.delete(timer);
      },
    },
    ...parts,
  });
  feed.subscribe({ told: (entry) => verifier.told(entry), toldAnew: () => verifier.toldAnew() });
  const tell = (entry: Parameters<RevocationSet["add"]>[0]) => {
    revocations.add(entry);
    feed.tell(entry);
  };
  return { feed, time, timers, pass, revocations, introspect, verifier, tell };
}

/** A question whose answer the test gives. */
function held() {
  const questions: { readonly resolve: (answer: Introspected) => void }[] = [];
  const introspect = vi.fn<CookieVerifierParts["introspect"]>(
    () => new Promise((resolve) => questions.push({ resolve })),
  );
  return { questions, introspect };
}

describe("a cookie that is good", () => {
  test("is asked about once, and then known at once", async () => {
    const { verifier, introspect } = setUp();
    const first = await verifier.verify(COOKIE);
    expect(first).toMatchObject(ACCEPTED);
    expect(verifier.verify(COOKIE)).toBe(first);
    expect(introspect.mock.calls).toEqual([[COOKIE, 5000]]);
  });

  test("is asked about once by many who come together", async () => {
    const { verifier, introspect } = setUp();
    const all = await Promise.all(Array.from({ length: 50 }, async () => verifier.verify(COOKIE)));
    expect(new Set(all).size).toBe(1);
    expect(introspect).toHaveBeenCalledTimes(1);
  });

  test("is asked about again once a minute, for its user's activity, and nobody waits for that", async () => {
    const { verifier, introspect, time } = setUp();
    const first = await verifier.verify(COOKIE);
    time.monotonic = 59_999;
    expect(verifier.verify(COOKIE)).toBe(first);
    expect(introspect).toHaveBeenCalledTimes(1);
    time.monotonic = 60_000;
    for (let use = 0; use < 3; use++) expect(verifier.verify(COOKIE)).toBe(first);
    expect(introspect).toHaveBeenCalledTimes(2);
  });

  test("is not used for longer than five minutes from the start of its read", async () => {
    const { questions, introspect } = held();
    const { verifier, time } = setUp({ introspect });
    const first = verifier.verify(COOKIE);
    time.monotonic = 4000;
    questions[0]!.resolve(authOf());
    await first;
    // The questions of its use do not come back.
    for (let now = 50_000; now < 300_000; now += 50_000) {
      time.monotonic = now;
      expect(verifier.verify(COOKIE)).toMatchObject(ACCEPTED);
    }
    time.monotonic = 299_999;
    expect(verifier.verify(COOKIE)).toMatchObject(ACCEPTED);
    time.monotonic = 300_000;
    expect(verifier.verify(COOKIE)).toBeInstanceOf(Promise);
  });

  test("is asked about at once, and not used, after a minute in which its user was away", async () => {
    const { verifier, introspect, time } = setUp();
    await verifier.verify(COOKIE);
    time.monotonic = 30_000;
    await verifier.verify(COOKIE);
    time.monotonic = 89_999;
    expect(verifier.verify(COOKIE)).toMatchObject(ACCEPTED);
    // The session ends by inactivity, which nobody tells before somebody asks.
    introspect.mockResolvedValue(null);
    time.monotonic = 149_999;
    expect(await verifier.verify(COOKIE)).toMatchObject(ENDED);
  });

  test("is not used after its session's absolute end", async () => {
    const { verifier, feed, introspect } = setUp();
    await verifier.verify(COOKIE);
    feed.now = authOf().expiresAt;
    introspect.mockResolvedValue(null);
    expect(await verifier.verify(COOKIE)).toMatchObject(ENDED);
  });

  test("that the minute's question finds ended is refused from then on", async () => {
    const { verifier, introspect, time } = setUp();
    await verifier.verify(COOKIE);
    time.monotonic = 30_000;
    expect(verifier.verify(COOKIE)).toMatchObject(ACCEPTED);
    introspect.mockResolvedValue(null);
    time.monotonic = 60_000;
    expect(verifier.verify(COOKIE)).toMatchObject(ACCEPTED);
    await vi.waitFor(() => expect(verifier.size).toBe(0));
    expect(await verifier.verify(COOKIE)).toMatchObject(ENDED);
  });
});

describe("what the feed tells", () => {
  test.each([
    { type: "session-revoked", sid: "ses_a" },
    { type: "claims-changed", sub: "usr_a", claims_version: 4 },
    { type: "key-revoked", kid: "k" },
  ] as const)("counts at the next use: $type", async (entry) => {
    const { verifier, introspect, tell } = setUp();
    await verifier.verify(COOKIE);
    tell(entry);
    introspect.mockResolvedValue(null);
    expect(await verifier.verify(COOKIE)).toMatchObject(ENDED);
    expect(introspect).toHaveBeenCalledTimes(2);
  });

  test("of others does not count", async () => {
    const { verifier, introspect, tell } = setUp();
    const first = await verifier.verify(COOKIE);
    tell({ type: "session-revoked", sid: "ses_b" });
    tell({ type: "claims-changed", sub: "usr_a", claims_version: 3 });
    expect(verifier.verify(COOKIE)).toBe(first);
    expect(introspect).toHaveBeenCalledTimes(1);
  });

  test("a snapshot has everybody asked about again", async () => {
    const { verifier, feed, introspect } = setUp();
    await verifier.verify(COOKIE);
    feed.tellAnew();
    await verifier.verify(COOKIE);
    expect(introspect).toHaveBeenCalledTimes(2);
  });

  test("counts while the question is on its way: the answer may be older", async () => {
    const { questions, introspect } = held();
    const { verifier, tell } = setUp({ introspect });
    const asked = verifier.verify(COOKIE);
    tell({ type: "session-revoked", sid: "ses_a" });
    questions[0]!.resolve(authOf());
    await vi.waitFor(() => expect(questions.length).toBe(2));
    questions[1]!.resolve(null);
    expect(await asked).toMatchObject(ENDED);
  });

  test("of everybody's end, too", async () => {
    const { questions, introspect } = held();
    const { verifier, tell } = setUp({ introspect });
    const asked = verifier.verify(COOKIE);
    tell({ type: "key-revoked", kid: "k" });
    questions[0]!.resolve(authOf());
    await vi.waitFor(() => expect(questions.length).toBe(2));
    questions[1]!.resolve(null);
    expect(await asked).toMatchObject(ENDED);
  });

  test("and a server that goes on saying otherwise is not believed", async () => {
    const { verifier, tell, introspect } = setUp();
    tell({ type: "session-revoked", sid: "ses_a" });
    expect(await verifier.verify(COOKIE)).toMatchObject(UNAVAILABLE);
    expect(introspect).toHaveBeenCalledTimes(3);
  });

  test("everybody's end is known of who was accepted before it", async () => {
    const { verifier, tell, revocations, feed } = setUp();
    const seen = await verifier.verify(COOKIE);
    const auth = seen.ok ? seen.auth : authOf();
    expect([verifier.isOutdated(auth), verifier.isOutdated(authOf())]).toEqual([false, null]);
    feed.tellAnew();
    expect(verifier.isOutdated(auth)).toBe(false);
    revocations.add({ type: "key-revoked", kid: "told in the snapshot alone" });
    feed.tellAnew();
    expect(verifier.isOutdated(auth)).toBe(true);
    tell({ type: "key-revoked", kid: "k" });
    expect(verifier.isOutdated(auth)).toBe(true);
  });
});

describe("while the feed is stale", () => {
  test("a catch-up that helps lets memory answer", async () => {
    const { verifier, feed, introspect } = setUp();
    const first = await verifier.verify(COOKIE);
    feed.state = "stale";
    feed.afterCatchUp = "fresh";
    expect(await verifier.verify(COOKIE)).toBe(first);
    expect(introspect).toHaveBeenCalledTimes(1);
  });

  test.each(["catch-up", "reject"] as const)("the server answers, each time (%s)", async (whenStale) => {
    const { verifier, feed, introspect } = setUp({ whenStale });
    feed.state = "stale";
    for (let use = 0; use < 3; use++) expect(await verifier.verify(COOKIE)).toMatchObject(ACCEPTED);
    expect(introspect).toHaveBeenCalledTimes(3);
    expect(verifier.size).toBe(0);
  });

  test("accept lets memory answer, but not when the feed is cold", async () => {
    const { verifier, feed, introspect } = setUp({ whenStale: "accept" });
    const first = await verifier.verify(COOKIE);
    feed.state = "stale";
    expect(verifier.verify(COOKIE)).toBe(first);
    feed.state = "cold";
    introspect.mockRejectedValue(new Error("out of reach"));
    expect(await verifier.verify(COOKIE)).toMatchObject(UNAVAILABLE);
  });

  test.each([
    ["catch-up", "stale", UNAVAILABLE],
    ["reject", "cold", UNAVAILABLE],
    ["reject", "fresh", ACCEPTED],
    ["accept", "stale", ACCEPTED],
  ] as const)("R124 under %s, %s, an answer that took a second", async (whenStale, state, outcome) => {
    const { questions, introspect } = held();
    const { verifier, feed, time } = setUp({ introspect, whenStale });
    const late = verifier.verify(COOKIE);
    feed.state = state;
    time.monotonic = 1000;
    questions[0]!.resolve(authOf());
    expect(await late).toMatchObject(outcome);
    const prompt = verifier.verify("cfs_b");
    time.monotonic = 1999;
    questions[1]!.resolve(authOf());
    expect(await prompt).toMatchObject(ACCEPTED);
  });

  test.each(["catch-up", "reject", "accept"] as const)(
    "R124 under %s nobody waits longer than a second for a server that says nothing, the catch-up included",
    async (whenStale) => {
      const { introspect } = held();
      const { verifier, feed, timers, pass } = setUp({ introspect, whenStale });
      feed.state = feed.afterCatchUp = "cold";
      const unknown = verifier.verify("cfs_unknown");
      expect(introspect.mock.calls).toEqual([["cfs_unknown", 1000]]);
      pass(1000);
      expect(await unknown).toMatchObject(UNAVAILABLE);
      const known = setUp({ whenStale });
      await known.verifier.verify(COOKIE);
      known.introspect.mockImplementation(() => new Promise(() => {}));
      known.feed.state = known.feed.afterCatchUp = "cold";
      known.feed.catchUp = async () => known.pass(600);
      const asked = known.verifier.verify(COOKIE);
      await vi.waitFor(() => expect(known.introspect).toHaveBeenCalledTimes(2));
      known.pass(whenStale === "catch-up" ? 400 : 1000);
      expect(await asked).toMatchObject(UNAVAILABLE);
      expect([known.time.monotonic, timers.size, known.timers.size]).toEqual([1000, 0, 0]);
    },
  );

  test("a catch-up that took the whole second is followed by no question", async () => {
    const { verifier, feed, pass, introspect } = setUp();
    await verifier.verify(COOKIE);
    feed.state = "stale";
    feed.catchUp = async () => pass(1000);
    expect(await verifier.verify(COOKIE)).toMatchObject(UNAVAILABLE);
    expect(introspect).toHaveBeenCalledTimes(1);
  });

  test("nobody goes by the answer to a question of more than a second ago", async () => {
    const { questions, introspect } = held();
    const { verifier, time } = setUp({ introspect });
    const first = verifier.verify(COOKIE);
    time.monotonic = 999;
    const second = verifier.verify(COOKIE);
    time.monotonic = 1000;
    const third = verifier.verify(COOKIE);
    expect(introspect).toHaveBeenCalledTimes(2);
    questions[0]!.resolve(authOf());
    questions[1]!.resolve(null);
    expect([await first, await second, await third]).toMatchObject([ACCEPTED, ACCEPTED, ENDED]);
  });
});

describe("a storm", () => {
  test("of one cookie that is no good is one question in three seconds", async () => {
    const { verifier, introspect, time } = setUp();
    introspect.mockResolvedValue(null);
    for (let use = 0; use < 100; use++) expect(await verifier.verify(COOKIE)).toMatchObject(ENDED);
    expect(introspect).toHaveBeenCalledTimes(1);
    time.monotonic = 3000;
    await verifier.verify(COOKIE);
    expect(introspect).toHaveBeenCalledTimes(2);
  });

  test.each(["", "abc", "cfr_a", "CFS_a", `cfs_${"a".repeat(300)}`])("of %j is no question at all", async (cookie) => {
    const { verifier, introspect } = setUp();
    expect(await verifier.verify(cookie)).toMatchObject(ENDED);
    expect(introspect).not.toHaveBeenCalled();
  });

  test("of made-up cookies is 32 questions at once, and 503 for those beyond a line of 512", async () => {
    const { questions, introspect } = held();
    const { verifier } = setUp({ introspect });
    const all = Array.from({ length: 1000 }, async (_, index) => verifier.verify(`cfs_${index}`));
    await vi.waitFor(() => expect(questions.length).toBe(32));
    const outcomes = await Promise.all(all.slice(32 + 512));
    expect(new Set(outcomes.map((each) => each.ok || each.code))).toEqual(new Set(["unavailable"]));
    for (let at = 0; at < 32 + 512; at++) {
      await vi.waitFor(() => expect(questions.length).toBeGreaterThan(at));
      questions[at]!.resolve(null);
    }
    for (const outcome of await Promise.all(all.slice(0, 32 + 512))) expect(outcome).toMatchObject(ENDED);
  });

  test("leaves who is known alone", async () => {
    const { questions, introspect } = held();
    const { verifier } = setUp({ introspect });
    const known = verifier.verify(COOKIE);
    questions[0]!.resolve(authOf());
    await known;
    void Array.from({ length: 1000 }, async (_, index) => verifier.verify(`cfs_${index}`));
    expect(verifier.verify(COOKIE)).toMatchObject(ACCEPTED);
  });
});

describe("a server out of reach", () => {
  test("is 503, never a refusal of the user, and is not asked by everybody who comes", async () => {
    const onFailure = vi.fn<(error: unknown) => void>();
    const { verifier, introspect, time } = setUp({ onFailure });
    introspect.mockRejectedValue(new Error("out of reach"));
    for (let use = 0; use < 10; use++) expect(await verifier.verify(`cfs_${use}`)).toMatchObject(UNAVAILABLE);
    expect([introspect.mock.calls.length, onFailure.mock.calls.length]).toEqual([1, 1]);
    time.monotonic = 500;
    introspect.mockResolvedValue(authOf());
    expect(await verifier.verify(COOKIE)).toMatchObject(ACCEPTED);
  });

  test("lets go those who stand in line, once it has failed", async () => {
    const questions: ((error: Error) => void)[] = [];
    const introspect = vi.fn<CookieVerifierParts["introspect"]>(
      () => new Promise((_, reject) => questions.push(reject)),
    );
    const { verifier } = setUp({ introspect });
    const all = Array.from({ length: 300 }, async (_, index) => verifier.verify(`cfs_${index}`));
    await vi.waitFor(() => expect(questions.length).toBe(32));
    for (const fail of questions) fail(new Error("out of reach"));
    for (const outcome of await Promise.all(all)) expect(outcome).toMatchObject(UNAVAILABLE);
    expect(introspect).toHaveBeenCalledTimes(32);
  });

  test("does not sign out who is known", async () => {
    const { verifier, introspect, time } = setUp();
    await verifier.verify(COOKIE);
    introspect.mockRejectedValue(new Error("out of reach"));
    time.monotonic = 30_000;
    await verifier.verify(COOKIE);
    time.monotonic = 60_000;
    await verifier.verify(COOKIE);
    await new Promise(setImmediate);
    expect(verifier.verify(COOKIE)).toMatchObject(ACCEPTED);
  });
});
