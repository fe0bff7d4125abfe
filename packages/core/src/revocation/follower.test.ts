import type { Revocation } from "@counterfoil/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { heldReads } from "../../test/feed.ts";
import { addUser, FakeClock, gate, openLedger, over, settle } from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Subject } from "../user/user.ts";
import { LOG_INTERVAL_MS, RevocationFollower } from "./follower.ts";
import type { CompletedRead } from "./follower.ts";

let clock: FakeClock;
let ledger: Ledger;
let subject: Subject;
let seen: Revocation[];
const sink = { apply: (entry: Revocation) => void seen.push(entry) };

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  clock = new FakeClock();
  ledger = await openLedger(clock);
  ({ subject } = await addUser(ledger, "kavya", null));
  seen = [];
});
afterEach(() => {
  vi.useRealTimers();
});

let roles = 0;
/** Writes one entry: the user's claims have changed. */
async function decide(): Promise<void> {
  await ledger.setRoles({ subject, roles: [`role${roles++}`], context: null });
}

/** Time passes, and with it the follower's timer runs. */
async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= LOG_INTERVAL_MS) {
    const step = Math.min(left, LOG_INTERVAL_MS);
    clock.pass(step);
    vi.advanceTimersByTime(step);
    await settle();
  }
}

const held = (hold: () => Promise<void>) => heldReads(ledger, hold);

describe("the follower of the revocation log", () => {
  test("knows all that still matters once it has started, and each later entry once", async () => {
    await decide();
    await using follower = new RevocationFollower(ledger, clock, sink);
    await follower.start();
    expect(seen).toMatchObject([{ type: "claims-changed", sub: subject, claims_version: 2 }]);
    await decide();
    await pass(LOG_INTERVAL_MS);
    expect(seen.map((entry) => entry.type === "claims-changed" && entry.claims_version)).toEqual([2, 3]);
    await pass(5 * LOG_INTERVAL_MS);
    expect(seen).toHaveLength(2);
  });

  test("is stale before its first read and fresh while it reads", async () => {
    await using follower = new RevocationFollower(ledger, clock, sink);
    expect(follower.fresh).toBe(false);
    await follower.start();
    for (let second = 0; second < 10; second++) {
      await pass(1000);
      expect(follower.fresh).toBe(true);
    }
  });

  test("is stale one second after the start of its last read, not after its end", async () => {
    const { opened, open } = gate();
    await using follower = new RevocationFollower(held(() => opened).ledger, clock, sink);
    const reading = follower.catchUp();
    await settle();
    clock.pass(900);
    open();
    await reading;
    expect(follower.fresh).toBe(true);
    clock.pass(99);
    expect(follower.fresh).toBe(true);
    clock.pass(1);
    expect(follower.fresh).toBe(false);
  });

  test("a process that was paused is stale until it has read again, whatever the clock on the wall says", async () => {
    await using follower = new RevocationFollower(ledger, clock, sink);
    await follower.start();
    clock.pass(60_000);
    clock.step(-60_000);
    expect(follower.fresh).toBe(false);
    await follower.catchUp();
    expect(follower.fresh).toBe(true);
  });

  test("a step of the wall clock makes nothing stale and nothing fresh", async () => {
    await using follower = new RevocationFollower(ledger, clock, sink);
    await follower.start();
    clock.step(3_600_000);
    expect(follower.fresh).toBe(true);
    clock.pass(1000);
    clock.step(-7_200_000);
    expect(follower.fresh).toBe(false);
  });

  test("a ledger out of reach makes it stale, and back in reach fresh", async () => {
    let out = false;
    const reach = () => (out ? Promise.reject(new StoreError("out of reach")) : Promise.resolve());
    const flaky = over(held(reach).ledger, { mayHaveChanged: () => true });
    const failures: unknown[] = [];
    const hearing = { apply: () => undefined, failed: (error: unknown) => failures.push(error) };
    await using follower = new RevocationFollower(flaky, clock, hearing);
    await follower.start();
    expect(failures).toEqual([]);
    out = true;
    await pass(1000);
    expect(follower.fresh).toBe(false);
    await expect(follower.catchUp()).rejects.toThrow(StoreError);
    expect(failures.length).toBeGreaterThan(1);
    expect(failures).toContainEqual(new StoreError("out of reach"));
    out = false;
    await pass(LOG_INTERVAL_MS);
    expect(follower.fresh).toBe(true);
  });

  test("R021 a read that failed is read again before nothing new is believed", async () => {
    let failing = false;
    const reach = () => (failing ? Promise.reject(new StoreError("busy")) : Promise.resolve());
    await using follower = new RevocationFollower(held(reach).ledger, clock, sink);
    await follower.start();
    await decide();
    failing = true;
    await pass(LOG_INTERVAL_MS);
    failing = false;
    // The ledger says truly that nobody has written since it was last asked; but the answer was lost.
    expect(ledger.mayHaveChanged()).toBe(false);
    await pass(LOG_INTERVAL_MS);
    expect(seen).toHaveLength(1);
    expect(follower.fresh).toBe(true);
  });

  test("tells each entry once although the log's cursor stays, as behind a long transaction", async () => {
    const { cursor } = await ledger.readRevocations(null);
    const stalled = over(ledger, {
      mayHaveChanged: () => true,
      readRevocations: async () => ({ ...(await ledger.readRevocations(null)), cursor }),
    });
    const told: number[] = [];
    const counted = { ...sink, completed: (read: CompletedRead) => void told.push(read.entries.length) };
    await using follower = new RevocationFollower(stalled, clock, counted);
    await follower.start();
    await decide();
    await decide();
    await pass(LOG_INTERVAL_MS);
    await decide();
    await pass(3 * LOG_INTERVAL_MS);
    expect(told).toEqual([0, 2, 1, 0, 0]);
    expect(seen).toHaveLength(3);
  });

  test("while nobody writes it reads nothing and stays fresh", async () => {
    const { counts, ledger: counted } = held(() => Promise.resolve());
    await using follower = new RevocationFollower(counted, clock, sink);
    await follower.start();
    await pass(10_000);
    expect(counts.reads).toBe(1);
    expect(follower.fresh).toBe(true);
  });

  test("another timeline is read from the beginning", async () => {
    const { counts, ledger: counted } = held(() => Promise.resolve());
    let timeline = "first";
    const renamed = over(ledger, {
      readRevocations: async (cursor) => ({ ...(await counted.readRevocations(cursor)), timeline }),
    });
    await decide();
    await using follower = new RevocationFollower(renamed, clock, sink);
    await follower.start();
    timeline = "restored";
    await follower.catchUp();
    expect(counts.cursors).toEqual([null, "1", null]);
    expect(seen).toHaveLength(2);
    await follower.catchUp();
    expect(counts.cursors.at(-1)).toBe("1");
  });

  test("R021 a read for somebody else hides no change from the follower, and fails with it", async () => {
    const first = gate();
    let reads = 0;
    let hold: () => Promise<void> = () => Promise.resolve();
    const { counts, ledger: counted } = held(() => (reads++ === 1 ? hold() : Promise.resolve()));
    await using follower = new RevocationFollower(counted, clock, sink);
    await follower.start();
    await decide();
    hold = () => first.opened;
    const asked = [follower.readBehind("0"), follower.readBehind("1"), follower.readBehind("1")];
    await settle();
    await decide();
    first.open();
    const [all, one, other] = await Promise.all(asked);
    expect([all!.entries.length, one!.entries.length]).toEqual([1, 1]);
    expect(one).toBe(other);
    expect(seen).toHaveLength(2);
    // Behind each of theirs comes the follower's own: what was decided meanwhile is in it.
    expect(counts.cursors).toEqual([null, "0", "0", "1", "2"]);
    await decide();
    await pass(LOG_INTERVAL_MS);
    expect(seen).toHaveLength(3);
    reads = 1;
    hold = () => Promise.reject(new StoreError("out of reach"));
    await expect(follower.readBehind("1")).rejects.toThrow(StoreError);
    await decide();
    await pass(LOG_INTERVAL_MS);
    expect(seen).toHaveLength(4);
  });

  test("R154 however many ask for reads of their own, the follower's come between them", async () => {
    const { counts, ledger: counted } = held(settle);
    await using follower = new RevocationFollower(counted, clock, sink);
    await follower.start();
    for (let decided = 0; decided < 60; decided++) await decide();
    counts.cursors = [];
    const asked = Array.from({ length: 50 }, (_, index) => follower.readBehind(`${index}`));
    const reads = await Promise.all(asked);
    expect(reads.map(({ entries }) => entries.length)).toEqual(reads.map((_, index) => 60 - index));
    const own = counts.cursors.flatMap((cursor, index) =>
      (cursor === "0" && index > 0) || cursor === "60" ? [index] : [],
    );
    expect(Math.max(...own.map((index, at) => index - (own[at - 1] ?? 0)))).toBeLessThanOrEqual(17);
    expect([counts.most, new Set(counts.cursors).size]).toEqual([1, 51]);
  });

  test("tells the ledger's time, though its own clock is wrong", async () => {
    const wrong = new FakeClock();
    wrong.step(-86_400_000);
    await using follower = new RevocationFollower(ledger, wrong, sink);
    await follower.catchUp();
    expect(follower.ledgerNow()).toBe(clock.now());
    wrong.pass(5000);
    clock.pass(5000);
    expect(follower.ledgerNow()).toBe(clock.now());
  });

  test("stops when it is disposed of, and waits for the read that runs", async () => {
    const { opened, open } = gate();
    let hold = Promise.resolve();
    const { counts, ledger: counted } = held(() => hold);
    const follower = new RevocationFollower(counted, clock, sink);
    await follower.start();
    hold = opened;
    const reading = follower.catchUp();
    const disposed = vi.fn<() => void>();
    const disposing = follower[Symbol.asyncDispose]().then(disposed);
    await settle();
    expect(disposed).not.toHaveBeenCalled();
    open();
    await Promise.all([reading, disposing]);
    await decide();
    await pass(1000);
    expect(counts.reads).toBe(2);
  });
});

describe("catching up", () => {
  test("R021 resolves after a read that began after the call, though another was running", async () => {
    const gates = [gate(), gate()];
    let reads = 0;
    await using follower = new RevocationFollower(held(() => gates[reads++]!.opened).ledger, clock, sink);
    const first = follower.catchUp();
    await settle();
    // The first read has seen the log before this entry.
    await decide();
    const caughtUp = vi.fn<() => void>();
    const second = follower.catchUp().then(caughtUp);
    gates[0]!.open();
    await first;
    await settle();
    expect(seen).toEqual([]);
    expect(caughtUp).not.toHaveBeenCalled();
    gates[1]!.open();
    await second;
    expect(seen).toHaveLength(1);
  });

  test("all who ask while a read runs share the next one", async () => {
    const { opened, open } = gate();
    const { counts, ledger: counted } = held(() => opened);
    await using follower = new RevocationFollower(counted, clock, sink);
    const all = Array.from({ length: 100 }, () => follower.catchUp());
    await settle();
    expect(counts.reads).toBe(1);
    open();
    await Promise.all(all);
    expect(counts.reads).toBe(2);
  });

  test("never two reads run at once, also where whoever has caught up asks again at once", async () => {
    const { counts, ledger: counted } = held(settle);
    await using follower = new RevocationFollower(counted, clock, sink);
    const eager = async () => {
      for (let again = 0; again < 10; again++) await follower.catchUp();
    };
    await Promise.all([eager(), eager(), eager()]);
    expect(counts.most).toBe(1);
  });

  test("a read that failed fails whom it was for, and not those who wait for the next", async () => {
    const first = gate();
    let reads = 0;
    const hold = () => (reads++ === 0 ? first.opened : Promise.resolve());
    await using follower = new RevocationFollower(held(hold).ledger, clock, sink);
    const failing = follower.catchUp();
    const waiting = follower.catchUp();
    first.fail(new StoreError("out of reach"));
    await expect(failing).rejects.toThrow(StoreError);
    await expect(waiting).resolves.toBeUndefined();
    expect(follower.fresh).toBe(true);
  });
});
