import type { FeedEntry } from "@counterfoil/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { drain, KEPT_MS, namesOf, parse, revokeKey, serve } from "../../test/feed.ts";
import { addUser, FakeClock, gate, openLedger, over, settle } from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { RevocationsRead } from "../ledger/log.ts";
import type { Subject } from "../user/user.ts";

let clock: FakeClock;
let ledger: Ledger;
let subject: Subject;
let roles = 0;

beforeEach(async () => {
  clock = new FakeClock();
  ledger = await openLedger(clock);
  ({ subject } = await addUser(ledger, "kavya", null));
});

async function decide(): Promise<void> {
  await ledger.setRoles({ subject, roles: [`role${roles++}`], context: null });
}

describe("the log of the feed", () => {
  test("a reader without a place has everything first, then each later entry once, each time with the newest receipt", async () => {
    const { log, follower } = serve(ledger, clock);
    await decide();
    const reader = await log.open(null);
    expect(reader.complete).toBe(true);
    const first = drain(reader);
    expect(first.entries).toMatchObject([{ type: "claims-changed", claims_version: 2, reason: "roles_changed" }]);
    expect(first.receipts).toBe(1);
    expect(reader.take(1)).toBeNull();
    await follower.catchUp();
    await follower.catchUp();
    expect(drain(reader)).toEqual({ entries: [], place: first.place, receipts: 1 });
    await decide();
    await follower.catchUp();
    const later = drain(reader);
    expect(later.entries).toMatchObject([{ claims_version: 3 }]);
    expect(later.place).not.toBe(first.place);
  });

  test("R126 a reader goes on where it was: nothing twice that this server has given, and nothing left out", async () => {
    const { log, follower } = serve(ledger, clock);
    await decide();
    const { place } = drain(await log.open(null));
    await decide();
    const resumed = await log.open(place);
    expect(resumed.complete).toBe(false);
    expect(drain(resumed).entries).toMatchObject([{ claims_version: 3 }]);
    await decide();
    await follower.catchUp();
    expect(drain(resumed).entries).toMatchObject([{ claims_version: 4 }]);
  });

  test("R126 a place that another server gave is answered from the ledger, and what is decided meanwhile is not lost", async () => {
    const one = serve(ledger, clock);
    await decide();
    const { place } = drain(await one.log.open(null));
    await decide();
    await decide();
    const held = gate();
    let reads = 0;
    const readRevocations = async (cursor: string | null): Promise<RevocationsRead> => {
      const read = await ledger.readRevocations(cursor);
      // The one behind the reader's own place: what is decided behind it is in the follower's.
      if (++reads === 2) await held.opened;
      return read;
    };
    const two = serve(over(ledger, { readRevocations }), clock);
    const opening = two.log.open(place);
    await settle();
    await decide();
    held.open();
    const reader = await opening;
    expect(reader.complete).toBe(false);
    await two.follower.catchUp();
    expect(namesOf(drain(reader).entries)).toEqual(new Set([3, 4, 5].map((version) => `${subject} ${version}`)));
  });

  test.each(["", "x", "another.1", ".", "1"])(
    "a place that is none of this history's (%j) gets everything",
    async (place) => {
      const { log } = serve(ledger, clock);
      await decide();
      const reader = await log.open(place);
      expect([reader.complete, drain(reader).entries.length]).toEqual([true, 1]);
    },
  );

  test("R126 another history: who reads is to begin anew, with everything that there is then", async () => {
    let timeline = "first";
    const renamed = over(ledger, {
      readRevocations: async (cursor) => ({ ...(await ledger.readRevocations(cursor)), timeline }),
    });
    const { log, follower } = serve(renamed, clock);
    await decide();
    const reader = await log.open(null);
    const { place } = drain(reader);
    timeline = "restored";
    await follower.catchUp();
    expect(reader.take(1)).toBe("over");
    const anew = await log.open(place);
    expect([anew.complete, anew.timeline, drain(anew).entries.length]).toEqual([true, "restored", 1]);
    timeline = "first";
    await follower.catchUp();
    expect([reader.take(1), anew.take(1)]).toEqual(["over", "over"]);
  });

  test("R127 the first receipt is of a read that began after the reader came, and a log that cannot be read gives none", async () => {
    const { log, follower } = serve(
      over(ledger, {
        readRevocations: (cursor) => (out ? Promise.reject(new StoreError("out")) : ledger.readRevocations(cursor)),
      }),
      clock,
    );
    let out = false;
    await follower.catchUp();
    clock.pass(500);
    const reader = await log.open(null);
    const taken = reader.take(1);
    expect(taken).toMatchObject({ receipt: { readAt: clock.monotonic(), ledgerTime: clock.now() } });
    out = true;
    clock.pass(500);
    await expect(follower.catchUp()).rejects.toThrow(StoreError);
    expect(reader.take(1)).toBeNull();
    await expect(log.open(null)).rejects.toThrow(StoreError);
    await expect(log.open("x")).rejects.toThrow(StoreError);
    out = false;
    await follower.catchUp();
    expect(reader.take(1)).toMatchObject({ receipt: { readAt: clock.monotonic() } });
  });

  test("a read that was not needed is a receipt too", async () => {
    const { log, follower } = serve(ledger, clock);
    await using following = follower;
    await following.start();
    const reader = await log.open(null);
    drain(reader);
    clock.pass(250);
    await expect.poll(() => reader.hasMore).toBe(true);
    expect(reader.take(1)).toMatchObject({
      chunks: [],
      receipt: { readAt: clock.monotonic(), ledgerTime: clock.now() },
    });
  });

  test("R132 what no token can matter to any more is forgotten, but a revoked key; and who has not taken it begins anew", async () => {
    const { log, follower } = serve(ledger, clock);
    await revokeKey(ledger, "leaked");
    await decide();
    const slow = await log.open(null);
    const { place } = drain(await log.open(null));
    clock.pass(KEPT_MS - 1);
    await decide();
    await follower.catchUp();
    expect(drain(await log.open(null)).entries.map(({ type }) => type)).toEqual([
      "key-revoked",
      "key-revoked",
      "claims-changed",
      "claims-changed",
    ]);
    clock.pass(1);
    await follower.catchUp();
    expect(slow.take(1)).toBe("over");
    const everything = [{ type: "key-revoked", kid: "leaked" }, { claims_version: 3 }];
    expect(drain(await log.open(null)).entries).toMatchObject(everything);
    // Its place is at the end of what was forgotten, so nothing is missing behind it.
    expect(drain(await log.open(place)).entries).toMatchObject([{ claims_version: 3 }]);
  });

  test("R126 a cursor that stays where it was for longer than entries matter hides nothing that came behind it", async () => {
    const told: FeedEntry[] = [];
    const readRevocations = async (): Promise<RevocationsRead> => {
      return { held: told.length > 0, entries: told.splice(0), cursor: "7", timeline: "one", now: clock.now() };
    };
    const { log, follower } = serve(over(ledger, { readRevocations }), clock);
    const { place } = drain(await log.open(null));
    for (const sid of ["first", "second", "third"]) {
      clock.pass(KEPT_MS / 2);
      told.push({ type: "session-revoked", sid });
      await follower.catchUp();
    }
    const resumed = await log.open(place);
    expect([resumed.complete, namesOf(drain(resumed).entries)]).toEqual([false, new Set(['"second"', '"third"'])]);
    clock.pass(KEPT_MS / 2);
    await follower.catchUp();
    expect(namesOf(drain(await log.open(place)).entries)).toEqual(new Set(['"third"']));
  });

  test("R132 a cursor that no read ends with any more is forgotten, though nothing was revoked, and then is the ledger's to answer", async () => {
    let cursor = 0;
    const asked: (string | null)[] = [];
    const readRevocations = async (from: string | null): Promise<RevocationsRead> => {
      asked.push(from);
      return { entries: [], cursor: `${++cursor}`, held: false, timeline: "one", now: clock.now() };
    };
    const { log, follower } = serve(over(ledger, { readRevocations }), clock);
    const { place } = drain(await log.open(null));
    await log.open(place);
    expect(asked).toEqual([null, "1"]);
    clock.pass(KEPT_MS);
    await follower.catchUp();
    expect((await log.open(place)).complete).toBe(false);
    expect(asked.filter((from) => from === "1")).toHaveLength(2);
  });

  test("what several take at once has one name, and what is one reader's own has none", async () => {
    const { log, follower } = serve(ledger, clock);
    await decide();
    const readers = await Promise.all([log.open(null), log.open(null)]);
    const [one, other] = readers.map((reader) => reader.take(1e6));
    expect(one).toEqual(other);
    await decide();
    await follower.catchUp();
    const later = await log.open(null);
    const names = [...readers, later].map((reader) => {
      const taken = reader.take(1e6);
      return taken === null || taken === "over" ? null : taken.name;
    });
    expect(names[0]).not.toBeNull();
    expect(names[0]).toBe(names[1]);
    expect(names[2]).not.toBe(names[0]);
  });

  test("R126 of the longest entries there are, no more are told at once than every follower takes", async () => {
    const entries = Array.from({ length: 3000 }, (): FeedEntry => ({
      type: "claims-changed",
      sub: "\u{1F511}".repeat(255),
      claims_version: Number.MAX_SAFE_INTEGER,
      event_timestamp: 1_800_000_000.123,
      reason: "ended_by_operator",
    }));
    const readRevocations = async () => ({ entries, cursor: "3000", held: false, timeline: "one", now: clock.now() });
    const { log } = serve(over(ledger, { readRevocations }), clock);
    const reader = await log.open(null);
    let told = 0;
    for (let taken = reader.take(64 * 1024); taken !== null && taken !== "over"; taken = reader.take(64 * 1024)) {
      told += taken.chunks.flatMap(parse).length;
      // The length that docs/feed.md promises.
      expect(taken.chunks.reduce((sum, { length }) => sum + length + 1, 0)).toBeLessThan(256 * 1024);
    }
    expect(told).toBe(entries.length);
  });

  test("many entries come in several parts, and the receipt with the last of them", async () => {
    const { log } = serve(
      over(ledger, {
        readRevocations: async () => ({
          entries: Array.from({ length: 250 }, (_, index): FeedEntry => ({
            type: "session-revoked",
            sid: `${index}`,
          })),
          cursor: "250",
          held: false,
          timeline: "one",
          now: clock.now(),
        }),
      }),
      clock,
    );
    const reader = await log.open(null);
    const parts = [1, 2, 3].map(() => reader.take(1000));
    expect(parts.map((part) => part !== "over" && part?.receipt !== null)).toEqual([false, false, true]);
    expect(reader.take(1000)).toBeNull();
  });
});
