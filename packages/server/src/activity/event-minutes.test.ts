import type { BelatedEvent, EventBody, Ledger } from "@counterfoil/core";
import { memoryLedger } from "@counterfoil/stores/memory";
import { expect, test } from "vitest";
import { EventMinutes } from "./event-minutes.ts";

const NOW = 1_800_000_030_000;
const MINUTE = 60_000;
const event = (body: EventBody, agoMs = 0): BelatedEvent => ({ body, agoMs, subject: null, sid: null, context: null });
const REFRESHED: EventBody = { type: "access_token_issued" };

async function openLedger(): Promise<Ledger> {
  const ledger = memoryLedger({ clock: { now: () => NOW, monotonic: () => 0 } });
  await ledger.open();
  return ledger;
}

test("an hour has sixty minutes, and each event is counted once however often one looks", async () => {
  await using ledger = await openLedger();
  const minutes = new EventMinutes(ledger, () => NOW);
  await ledger.appendEvents([
    event({ type: "session_opened", transport: "cookie", remember: false }),
    event(REFRESHED, 61 * MINUTE),
    event({ type: "refresh_rotated", counter: 1, background: false }, 2 * MINUTE),
    event({ type: "refresh_repeated", presented: 1, counter: 1 }, 2 * MINUTE),
    event({ type: "user_created" }),
  ]);
  await minutes.read();
  await ledger.appendEvents([
    event(REFRESHED, 2 * MINUTE),
    event({ type: "refused", route: "/login", code: "invalid_credentials", reason: "wrong_password", detail: null }),
  ]);
  const hour = await minutes.read();
  expect(hour.complete).toBe(true);
  expect(hour.minutes).toHaveLength(60);
  const start = NOW - 30_000;
  expect(hour.minutes.filter(({ signIns, refusals, refreshes }) => signIns + refusals + refreshes > 0)).toEqual([
    { minute: start - 2 * MINUTE, signIns: 0, refusals: 0, refreshes: 3 },
    { minute: start, signIns: 1, refusals: 1, refreshes: 0 },
  ]);
});

test("what is an hour old is forgotten, and a log that was put back from a backup is counted anew", async () => {
  await using before = await openLedger();
  await using after = await openLedger();
  let [ledger, now] = [before, NOW];
  const minutes = new EventMinutes(
    { countEvents: (query) => ledger.countEvents(query), pageEvents: (query) => ledger.pageEvents(query) },
    () => now,
  );
  await before.appendEvents([event(REFRESHED), event(REFRESHED), event(REFRESHED)]);
  const refreshes = async () => (await minutes.read()).minutes.reduce((sum, one) => sum + one.refreshes, 0);
  expect(await refreshes()).toBe(3);
  await after.appendEvents([event(REFRESHED), event(REFRESHED)]);
  ledger = after;
  expect(await refreshes()).toBe(2);
  now += 61 * MINUTE;
  expect(await refreshes()).toBe(0);
});

test("one look counts so much, says that there is more, and the next one goes on", async () => {
  let asked = 0;
  const minutes = new EventMinutes(
    {
      countEvents: async ({ after }) => {
        asked++;
        const minute = NOW - 30_000;
        return { counts: [{ minute, type: "refused", count: 1 }], reached: (after ?? 0) + 1, more: asked < 40 };
      },
      pageEvents: async () => ({ events: [], reached: 100, more: false }),
    },
    () => NOW,
  );
  const first = await minutes.read();
  expect([asked, first.complete, first.minutes.at(-1)!.refusals]).toEqual([30, false, 30]);
  const second = await minutes.read();
  expect([asked, second.complete, second.minutes.at(-1)!.refusals]).toEqual([40, true, 40]);
});
