import type { Revocation } from "@counterfoil/protocol";
import { describe, expect, test } from "vitest";
import { HeldClock } from "../../test/held-clock.ts";
import { IssuerError } from "../fetch/issuer-error.ts";
import { LogCopy } from "./log-copy.ts";
import type { Reading } from "./log-copy.ts";

function setUp() {
  const clock = new HeldClock();
  const known = new Set<string>();
  const add = (entry: Revocation) => void known.add(JSON.stringify(entry));
  const copy = new LogCopy(clock, {
    apply: add,
    // More than it asks for: so that nothing is known from the history before.
    beginAnew(entries) {
      known.clear();
      entries.forEach(add);
    },
    completed: () => undefined,
    notUnderstood: () => undefined,
  });
  const sids = () => [...known].map((text) => (JSON.parse(text) as { sid: string }).sid).toSorted();
  return { clock, copy, sids };
}

const entries = (sids: readonly string[], unknown = 0) => ({
  known: sids.map((sid) => ({ type: "session-revoked", sid }) as const),
  unknown,
});

function begin(reading: Reading, timeline: string, sids: readonly string[], complete = true, unknown = 0): void {
  reading.open({ version: 1, issuer: "x", timeline, complete });
  reading.entries(entries(sids, unknown));
}

const end = (reading: Reading, readAt = 0) =>
  reading.receipt({ ledger_time: 1_800_000_000_000, read_at: readAt }, `${reading.timeline}.1`);

function failure(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    return error instanceof IssuerError ? error.failure : String(error);
  }
}

describe("R126 the copy is never moved backwards", () => {
  test("by a snapshot of the same timeline that was read before another request's news", () => {
    const { copy, sids } = setUp();
    const [slow, quick] = [copy.begin(), copy.begin()];
    begin(slow, "t1", ["a"]);
    begin(quick, "t1", ["a", "b"]);
    end(quick);
    quick.entries(entries(["c"]));
    end(slow);
    expect(sids()).toEqual(["a", "b", "c"]);
  });

  test("to another timeline by a request that was sent before it was known of", () => {
    const { copy, sids } = setUp();
    const [old, late] = [copy.begin(), copy.begin()];
    begin(old, "t1", ["a"]);
    end(old);
    begin(late, "t1", ["a"]);
    const next = copy.begin();
    begin(next, "t2", ["z"]);
    end(next);
    expect(copy.timeline).toBe("t2");
    expect(failure(() => end(late))).toBe("superseded");
    expect(failure(() => old.entries(entries(["b"])))).toBe("superseded");
    expect(failure(() => end(old))).toBe("superseded");
    expect(sids()).toEqual(["z"]);
    expect(copy.begin().resumeFrom).toBe("t2.1");
  });

  test("and what was proved of one timeline says nothing of another", () => {
    const { clock, copy } = setUp();
    const [first, second] = [copy.begin(), copy.begin()];
    begin(second, "t2", []);
    clock.advance(5000);
    const newest = copy.begin();
    begin(first, "t1", []);
    end(first);
    end(first, 5000);
    expect(copy.stalenessMs).toBe(0);
    begin(newest, "t2", []);
    end(second);
    expect(copy.timeline).toBe("t2");
    expect(copy.stalenessMs).toBe(5000);
    end(newest);
    expect(copy.stalenessMs).toBe(0);
  });
});

describe("R126 a doubt", () => {
  test("is not ended by a snapshot that was asked for before it", () => {
    const { copy } = setUp();
    const stream = copy.begin();
    begin(stream, "t1", []);
    end(stream);
    const before = copy.begin();
    begin(before, "t1", []);
    stream.entries(entries([], 1));
    end(before);
    expect(copy.isInDoubt).toBe(true);
    const after = copy.begin();
    expect(after.resumeFrom).toBeNull();
    begin(after, "t1", []);
    end(after);
    expect(copy.isInDoubt).toBe(false);
    expect(copy.begin().resumeFrom).toBe("t1.1");
  });

  test("is not ended by going on, nor by a snapshot with one", () => {
    const { copy } = setUp();
    const stream = copy.begin();
    begin(stream, "t1", [], true, 1);
    end(stream);
    stream.entries(entries(["a"]));
    end(stream);
    expect(copy.isInDoubt).toBe(true);
    const again = copy.begin();
    begin(again, "t1", ["a"], true, 1);
    end(again);
    expect(copy.isInDoubt).toBe(true);
  });
});

test("R125 what goes on where we have not been, opens twice or does not open is not in its form", () => {
  const { copy } = setUp();
  const form = (work: (reading: Reading) => void) => failure(() => work(copy.begin()));
  expect(form((reading) => begin(reading, "t1", [], false))).toBe("malformed");
  expect(form((reading) => reading.entries(entries([])))).toBe("malformed");
  expect(form((reading) => end(reading))).toBe("malformed");
  expect(
    form((reading) => {
      begin(reading, "t1", []);
      begin(reading, "t1", []);
    }),
  ).toBe("malformed");
});
