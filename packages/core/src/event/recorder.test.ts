import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeClock, gate, openLedger, over, settle } from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import type { NewEvent } from "../events.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Sid } from "../session/session.ts";
import { EventRecorder } from "./recorder.ts";

let clock: FakeClock;
let ledger: Ledger;
let faults: unknown[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  clock = new FakeClock();
  ledger = await openLedger(clock);
  faults = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function recorderOf(used: Ledger): EventRecorder {
  return new EventRecorder({ ledger: used, clock, onFault: (error) => faults.push(error) });
}

const SID = "ses_AAAAAAAAAAAAAAAAAAAAAA" as Sid;

function refusal(route: string, sid: Sid | null = SID): NewEvent {
  const body = { type: "refused", route, code: "invalid_grant", reason: "forged_or_mistyped", detail: null } as const;
  return { body, subject: null, sid, context: null };
}

async function written(): Promise<string[]> {
  const events = await ledger.readEvents({ limit: 100_000 });
  return events.map(({ body }) => (body.type === "refused" ? body.route : `${body.type} ${JSON.stringify(body)}`));
}

/** How many are said to have been dropped. */
function dropped(events: readonly string[]): number {
  const counts = events.flatMap((event) => /"count":(\d+)/.exec(event)?.[1] ?? []);
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

describe("the recorder of events", () => {
  test("writes a burst in one go soon after, in its order", async () => {
    const batches: number[] = [];
    const counted = over(ledger, {
      appendEvents: (events) => {
        batches.push(events.length);
        return ledger.appendEvents(events);
      },
    });
    await using recorder = recorderOf(counted);
    for (let index = 0; index < 100; index++) recorder.record(refusal(`/${index}`));
    expect(await written()).toEqual([]);
    vi.advanceTimersByTime(200);
    await settle();
    expect(batches).toEqual([100]);
    expect(await written()).toEqual(Array.from({ length: 100 }, (_, index) => `/${index}`));
  });

  test("R033 writes at most 100 in an interval, whatever is thrown at it, and all in the end", async () => {
    await using recorder = recorderOf(ledger);
    for (let index = 0; index < 250; index++) recorder.record(refusal("/"));
    for (const expected of [100, 200, 250, 250]) {
      vi.advanceTimersByTime(200);
      await settle();
      expect(await written()).toHaveLength(expected);
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  test("R033 keeps 1,000 and counts the rest, and the count is written", async () => {
    await using recorder = recorderOf(ledger);
    for (let index = 0; index < 1007; index++) recorder.record(refusal(String(index)));
    await recorder.flush();
    const events = await written();
    expect(events.filter((event) => /^\d+$/.test(event))).toEqual(
      Array.from({ length: 1000 }, (_, index) => `${index}`),
    );
    expect(dropped(events)).toBe(7);
    await recorder.flush();
    expect(await written()).toHaveLength(events.length);
  });

  test("a flush that fails keeps the events for the next, and repeats none that was written", async () => {
    let allowed = 3;
    const flaky = over(ledger, {
      appendEvents: (events) =>
        allowed-- > 0 ? ledger.appendEvents(events) : Promise.reject(new StoreError("out of reach")),
    });
    await using recorder = recorderOf(flaky);
    for (let index = 0; index < 1003; index++) recorder.record(refusal(String(index)));
    await expect(recorder.flush()).rejects.toThrow(StoreError);
    expect((await written()).filter((event) => /^\d+$/.test(event))).toHaveLength(300);
    allowed = 20;
    await recorder.flush();
    const events = await written();
    expect(events.filter((event) => /^\d+$/.test(event))).toEqual(
      Array.from({ length: 1000 }, (_, index) => `${index}`),
    );
    expect(dropped(events)).toBe(3);
  });

  test("what is dropped while a write fails is not lost from the count", async () => {
    const { opened, fail } = gate();
    let failing = true;
    const flaky = over(ledger, {
      appendEvents: async (events) => {
        if (failing) await opened;
        await ledger.appendEvents(events);
      },
    });
    await using recorder = recorderOf(flaky);
    for (let index = 0; index < 1002; index++) recorder.record(refusal("/"));
    const flushing = recorder.flush();
    await settle();
    for (let index = 0; index < 3; index++) recorder.record(refusal("/"));
    fail(new StoreError("out of reach"));
    await expect(flushing).rejects.toThrow(StoreError);
    failing = false;
    await recorder.flush();
    const events = await written();
    expect(events.filter((event) => event === "/")).toHaveLength(1000);
    expect(dropped(events)).toBe(5);
  });

  test("a background write that fails brings nothing down, and is tried again without another event", async () => {
    let out = true;
    const flaky = over(ledger, {
      appendEvents: (events) => (out ? Promise.reject(new StoreError("out of reach")) : ledger.appendEvents(events)),
    });
    await using recorder = recorderOf(flaky);
    recorder.record(refusal("/first"));
    vi.advanceTimersByTime(200);
    await settle();
    out = false;
    vi.advanceTimersByTime(200);
    await settle();
    expect(await written()).toEqual(["/first"]);
  });

  test("once disposed of it leaves no timer behind, though the write that was running failed", async () => {
    const { opened, fail } = gate();
    const recorder = recorderOf(over(ledger, { appendEvents: () => opened }));
    recorder.record(refusal("/lost"));
    vi.advanceTimersByTime(200);
    const disposing = recorder[Symbol.asyncDispose]();
    fail(new StoreError("out of reach"));
    await disposing;
    await settle();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("two flushes at once write each event once", async () => {
    await using recorder = recorderOf(ledger);
    for (let index = 0; index < 700; index++) recorder.record(refusal(String(index)));
    await Promise.all([recorder.flush(), recorder.flush(), recorder.flush()]);
    expect(await written()).toHaveLength(700);
  });

  test("what is recorded while a flush runs is kept", async () => {
    const { opened, open } = gate();
    const slow = over(ledger, {
      appendEvents: async (events) => {
        await opened;
        await ledger.appendEvents(events);
      },
    });
    await using recorder = recorderOf(slow);
    recorder.record(refusal("/first"));
    const flushing = recorder.flush();
    await settle();
    recorder.record(refusal("/second"));
    open();
    await flushing;
    await recorder.flush();
    expect(await written()).toEqual(["/first", "/second"]);
  });

  test("what is pending is written when it is disposed of, and a ledger out of reach does not stop that", async () => {
    const recorder = recorderOf(ledger);
    recorder.record(refusal("/last"));
    await recorder[Symbol.asyncDispose]();
    expect(await written()).toEqual(["/last"]);
    const out = recorderOf(over(ledger, { appendEvents: () => Promise.reject(new StoreError("out of reach")) }));
    out.record(refusal("/lost"));
    await expect(out[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });

  test("R033 of refusals that belong to no session it writes 200 at once, then ten a second, and counts the rest", async () => {
    await using recorder = recorderOf(ledger);
    for (let index = 0; index < 300; index++) recorder.record(refusal("/anonymous", null));
    await recorder.flush();
    expect((await written()).filter((event) => event === "/anonymous")).toHaveLength(200);
    expect(dropped(await written())).toBe(100);
    clock.pass(3_000);
    for (let index = 0; index < 300; index++) recorder.record(refusal("/later", null));
    await recorder.flush();
    expect((await written()).filter((event) => event === "/later")).toHaveLength(30);
    expect(dropped(await written())).toBe(100 + 270);
    // What belongs to a session, or is no refusal, is not counted among them.
    for (let index = 0; index < 50; index++) recorder.record(refusal("/session"));
    recorder.record({ body: { type: "access_token_issued" }, subject: null, sid: null, context: null });
    await recorder.flush();
    expect((await written()).filter((event) => event === "/session")).toHaveLength(50);
    expect((await written()).at(-1)).toMatch(/^access_token_issued/);
  });

  test("a long silence saves no more than the 200, and a clock that is set moves nothing", async () => {
    await using recorder = recorderOf(ledger);
    clock.pass(86_400_000);
    for (let index = 0; index < 300; index++) recorder.record(refusal("/anonymous", null));
    clock.step(86_400_000);
    recorder.record(refusal("/anonymous", null));
    await recorder.flush();
    expect((await written()).filter((event) => event === "/anonymous")).toHaveLength(200);
  });

  test("a ledger out of reach is told of once, and again after it was back", async () => {
    let out = true;
    const flaky = over(ledger, {
      appendEvents: (events) => (out ? Promise.reject(new StoreError("out of reach")) : ledger.appendEvents(events)),
    });
    await using recorder = recorderOf(flaky);
    recorder.record(refusal("/"));
    const seen: number[] = [];
    for (const state of [true, true, false, true]) {
      out = state;
      recorder.record(refusal("/"));
      vi.advanceTimersByTime(200);
      await settle();
      seen.push(faults.length);
    }
    expect(seen).toEqual([1, 1, 1, 2]);
    expect(faults[0]).toBeInstanceOf(StoreError);
    out = false;
  });

  test("a batch that cannot be written for another reason is told of, counted, and in nobody's way", async () => {
    const bug = new TypeError("this event cannot be one");
    const picky = over(ledger, {
      appendEvents: (events) =>
        events.some(({ body }) => body.type === "refused" && body.route === "/poison")
          ? Promise.reject(bug)
          : ledger.appendEvents(events),
    });
    await using recorder = recorderOf(picky);
    recorder.record(refusal("/poison"));
    for (let index = 0; index < 150; index++) recorder.record(refusal("/good"));
    await recorder.flush();
    expect((await written()).filter((event) => event === "/good")).toHaveLength(51);
    expect(dropped(await written())).toBe(100);
    expect(faults).toEqual([bug]);
  });

  test("a ledger that takes nothing at all is no reason to try for ever", async () => {
    await using recorder = recorderOf(over(ledger, { appendEvents: () => Promise.reject(new TypeError("a bug")) }));
    recorder.record(refusal("/"));
    await recorder.flush();
    // The event, and the count of it.
    expect(faults).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    await settle();
    expect(vi.getTimerCount()).toBe(0);
  });
});
