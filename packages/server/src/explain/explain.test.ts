import { canonicalUsername, COMMAND_LINE, newSid, newSubject, systemClock, systemRandom } from "@counterfoil/core";
import type { Ledger, NewEvent, Sid } from "@counterfoil/core";
import { memoryLedger } from "@counterfoil/stores/memory";
import { expect, test } from "vitest";
import { explain, render, renderJson } from "./explain.ts";

/** A ledger in which a session has as many events as that, each with its number as its version. */
async function ledgerWith(sid: Sid, count: number): Promise<Ledger> {
  const ledger = memoryLedger({ clock: systemClock, random: systemRandom });
  await ledger.open();
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const events = numbers.map((version): NewEvent => {
    const context = { requestId: `req_${version}`, remoteAddress: null, userAgent: null };
    return { body: { type: "session_amended", version }, subject: null, sid, context };
  });
  await ledger.appendEvents(events.map((event) => ({ ...event, agoMs: 0 })));
  return ledger;
}

const versions = (text: string) => [...text.matchAll(/\(version (\d+)\)/g)].map(([, version]) => Number(version));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test.each([1, 999, 1000, 1001])("of a timeline of %i events, its end is told whatever its length", async (count) => {
  const sid = newSid(systemRandom);
  await using ledger = await ledgerWith(sid, count);
  const explanation = (await explain(ledger, sid))!;
  expect(versions(render(explanation))).toEqual(range(1, count).filter((version) => count <= 1000 || version !== 101));
  expect(explanation.leftOut).toBe(Math.max(0, count - 1000));
});

test("of a long timeline the first 100 and the last 900 are told, and how many are left out between", async () => {
  const sid = newSid(systemRandom);
  await using ledger = await ledgerWith(sid, 12_345);
  const explanation = (await explain(ledger, sid))!;
  const text = render(explanation);
  expect(versions(text)).toEqual([...range(1, 100), ...range(11_446, 12_345)]);
  const [before, after] = text.split("  ... 11345 events are left out here ...\n");
  expect([versions(before!).at(-1), versions(after!)[0]]).toEqual([100, 11_446]);
  expect(JSON.parse(renderJson(explanation))).toMatchObject({ left_out: 11_345 });
});

test("the request that was asked about is told, though it is in the middle", async () => {
  const sid = newSid(systemRandom);
  await using ledger = await ledgerWith(sid, 5_000);
  const explanation = (await explain(ledger, "req_2500"))!;
  const text = render(explanation);
  expect(versions(text)).toEqual([...range(1, 100), 2500, ...range(4_101, 5_000)]);
  expect(text.split("\n").filter((line) => line.startsWith(">"))).toEqual([expect.stringContaining("(version 2500)")]);
  expect(explanation.leftOut).toBe(3_999);
});

test("who did it is told, where that is not the user", async () => {
  await using ledger = memoryLedger({ clock: systemClock, random: systemRandom });
  await ledger.open();
  const context = {
    requestId: "req_cli_1",
    remoteAddress: null,
    userAgent: "counterfoil users add",
    actor: COMMAND_LINE,
  };
  const user = { subject: newSubject(systemRandom), username: "k", canonicalUsername: canonicalUsername("k") };
  await ledger.createUser({ ...user, passwordHash: null, roles: [], context });
  const explanation = (await explain(ledger, "req_cli_1"))!;
  expect(render(explanation)).toContain("by command line · counterfoil users add · req_cli_1\n");
  expect(JSON.parse(renderJson(explanation))).toMatchObject({ timeline: [{ actor: "command line" }] });
});
