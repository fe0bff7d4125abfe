import type { BelatedEvent } from "@counterfoil/core";
import { expect, it } from "vitest";
import { MOST_EVENTS_LOOKED_AT } from "../../src/rule/page.ts";
import type { MakeStore } from "../store.ts";

const issued = (agoMs: number): BelatedEvent => ({
  body: { type: "access_token_issued" },
  subject: null,
  sid: null,
  context: null,
  agoMs,
});
const dropped = (agoMs: number): BelatedEvent => ({ ...issued(agoMs), body: { type: "events_dropped", count: 7 } });

export function eventCountsContract(make: MakeStore): void {
  it("events are counted by minute and type, from an instant on, and each once by whoever goes on", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    expect(await ledger.countEvents({ after: null, since: 0 })).toEqual({ counts: [], reached: null, more: false });
    const minute = clock.now() - (clock.now() % 60_000);
    clock.step(minute - clock.now());
    await ledger.appendEvents([issued(60_001), dropped(60_000), issued(1), issued(0), dropped(0)]);
    const since = minute - 60_000;
    const first = await ledger.countEvents({ after: null, since });
    expect(first).toEqual({
      counts: [
        { minute: since, type: "access_token_issued", count: 1 },
        { minute: since, type: "events_dropped", count: 1 },
        { minute, type: "access_token_issued", count: 1 },
        { minute, type: "events_dropped", count: 1 },
      ],
      reached: 5,
      more: false,
    });
    // Written late: of a minute that has been counted already.
    await ledger.appendEvents([issued(59_999), issued(120_000)]);
    expect(await ledger.countEvents({ after: first.reached, since })).toEqual({
      counts: [{ minute: since, type: "access_token_issued", count: 1 }],
      reached: 7,
      more: false,
    });
    expect(await ledger.countEvents({ after: 7, since })).toEqual({ counts: [], reached: null, more: false });
  });

  it("what was written in another order than it happened in is counted from its lowest number on", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    clock.step(30_000 - (clock.now() % 60_000));
    const since = clock.now() - 20_000;
    await ledger.appendEvents([issued(25_000), issued(0), dropped(20_000), issued(21_000), issued(10_000)]);
    expect(await ledger.countEvents({ after: null, since })).toEqual({
      counts: [
        { minute: clock.now() - 30_000, type: "access_token_issued", count: 2 },
        { minute: clock.now() - 30_000, type: "events_dropped", count: 1 },
      ],
      reached: 5,
      more: false,
    });
  });

  it("one count looks at so many events, and says how far it came", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    await ledger.appendEvents(Array.from({ length: MOST_EVENTS_LOOKED_AT + 3 }, () => issued(0)));
    const since = clock.now();
    const first = await ledger.countEvents({ after: null, since });
    expect([first.counts.map(({ count }) => count), first.reached, first.more]).toEqual([
      [MOST_EVENTS_LOOKED_AT],
      MOST_EVENTS_LOOKED_AT,
      true,
    ]);
    const rest = await ledger.countEvents({ after: first.reached, since });
    expect([rest.counts.map(({ count }) => count), rest.more]).toEqual([[3], false]);
  });

  it("counting begins at the lowest number of so many that happened first: what is below that is not counted", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    const minute = clock.now() - (clock.now() % 60_000);
    clock.step(minute - clock.now());
    const since = minute - 60_000;
    // Each is written later than the first one, and happened before it; the last ones after all of them.
    const late = Array.from({ length: MOST_EVENTS_LOOKED_AT }, () => issued(1));
    await ledger.appendEvents([dropped(0), ...late.slice(0, -1)]);
    const all = await ledger.countEvents({ after: null, since });
    expect([all.counts.length, all.reached, all.more]).toEqual([2, MOST_EVENTS_LOOKED_AT, true]);
    await ledger.appendEvents([...late.slice(-1), issued(0), dropped(0)]);
    const first = await ledger.countEvents({ after: null, since });
    expect(first).toEqual({
      counts: [{ minute: since, type: "access_token_issued", count: MOST_EVENTS_LOOKED_AT }],
      reached: MOST_EVENTS_LOOKED_AT + 1,
      more: true,
    });
    const rest = await ledger.countEvents({ after: first.reached, since });
    expect(rest.counts).toEqual([
      { minute, type: "access_token_issued", count: 1 },
      { minute, type: "events_dropped", count: 1 },
    ]);
  });
}
