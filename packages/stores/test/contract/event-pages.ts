import type { EventPage, EventPageQuery, Ledger, NewEvent, Sid, Subject } from "@counterfoil/core";
import { expect, it } from "vitest";
import { MOST_EVENTS_LOOKED_AT } from "../../src/rule/page.ts";
import { context } from "../make.ts";
import type { MakeStore } from "../store.ts";

const dropped = (count: number): NewEvent => ({
  body: { type: "events_dropped", count },
  subject: null,
  sid: null,
  context: null,
});

function append(ledger: Ledger, events: readonly NewEvent[]): Promise<void> {
  return ledger.appendEvents(events.map((event) => ({ ...event, agoMs: 0 })));
}

const ids = ({ events }: EventPage) => events.map(({ id }) => id);

export function eventPagesContract(make: MakeStore): void {
  it("pages go from the newest down, or from the oldest up, and miss nothing between", async () => {
    await using store = await make();
    const { ledger } = store;
    await append(ledger, [1, 2, 3, 4, 5].map(dropped));
    const newest = await ledger.pageEvents({ order: "newest_first", limit: 2 });
    expect([ids(newest), newest.reached, newest.more]).toEqual([[5, 4], 4, true]);
    const next = await ledger.pageEvents({ order: "newest_first", before: 4, limit: 2 });
    expect([ids(next), next.reached]).toEqual([[3, 2], 2]);
    const last = await ledger.pageEvents({ order: "newest_first", before: 2, limit: 2 });
    expect([ids(last), last.reached, last.more]).toEqual([[1], 1, false]);
    const oldest = await ledger.pageEvents({ order: "oldest_first", after: 1, before: 5, limit: 9 });
    expect([ids(oldest), oldest.reached, oldest.more]).toEqual([[2, 3, 4], 4, false]);
    const none = await ledger.pageEvents({ order: "oldest_first", after: 5, limit: 9 });
    expect(none).toEqual({ events: [], reached: null, more: false });
    expect(newest.events[0]).toEqual((await ledger.readEvents({ after: 4, limit: 1 }))[0]);
  });

  it("by type, user, session, request and actor, and by all of them", async () => {
    await using store = await make();
    const { ledger } = store;
    const by = (requestId: string, actor?: string) => ({ ...context(requestId), ...(actor && { actor }) });
    const subject = "usr_one" as Subject;
    const sid = "ses_one" as Sid;
    await append(ledger, [
      { body: { type: "user_disabled" }, subject, sid: null, context: by("req_1", "usr_admin") },
      { body: { type: "session_ended", reason: "disabled" }, subject, sid, context: by("req_1", "usr_admin") },
      { body: { type: "session_ended", reason: "logout" }, subject, sid: "ses_two" as Sid, context: by("req_2") },
      dropped(1),
    ]);
    const find = async (query: Partial<EventPageQuery>) =>
      ids(await ledger.pageEvents({ order: "newest_first", limit: 9, ...query }));
    expect(await find({})).toEqual([4, 3, 2, 1]);
    expect(await find({ types: ["session_ended", "events_dropped"] })).toEqual([4, 3, 2]);
    expect(await find({ subject })).toEqual([3, 2, 1]);
    expect(await find({ sid })).toEqual([2]);
    expect(await find({ requestId: "req_1" })).toEqual([2, 1]);
    expect(await find({ actor: "usr_admin" })).toEqual([2, 1]);
    expect(await find({ actor: "usr_admin", types: ["user_disabled"], subject, requestId: "req_1" })).toEqual([1]);
    expect(await find({ actor: "usr_admin", sid: "ses_two" as Sid })).toEqual([]);
    expect(await find({ types: [] })).toEqual([]);
  });

  it("a page looks at so many events, and says how far it came where what is asked for is rare", async () => {
    await using store = await make();
    const { ledger } = store;
    const rare: NewEvent = { body: { type: "user_created" }, subject: "usr_rare" as Subject, sid: null, context: null };
    await append(ledger, [rare, ...Array.from({ length: MOST_EVENTS_LOOKED_AT }, (_, index) => dropped(index)), rare]);
    const newest = MOST_EVENTS_LOOKED_AT + 2;
    const query = { types: ["user_created"], limit: 5 } as const;
    const down = await ledger.pageEvents({ ...query, order: "newest_first" });
    expect([ids(down), down.reached, down.more]).toEqual([[newest], 3, true]);
    const on = await ledger.pageEvents({ ...query, order: "newest_first", before: 3 });
    expect([ids(on), on.reached, on.more]).toEqual([[1], 1, false]);
    const up = await ledger.pageEvents({ ...query, order: "oldest_first", after: 1 });
    expect([ids(up), up.reached, up.more]).toEqual([[], MOST_EVENTS_LOOKED_AT + 1, true]);
    const rest = await ledger.pageEvents({ ...query, order: "oldest_first", after: MOST_EVENTS_LOOKED_AT + 1 });
    expect([ids(rest), rest.reached, rest.more]).toEqual([[newest], newest, false]);
    // What an index finds is found at once, however far back it is.
    const indexed = await ledger.pageEvents({ ...query, order: "newest_first", subject: "usr_rare" as Subject });
    expect([ids(indexed), indexed.more]).toEqual([[newest, 1], false]);
  });
}
