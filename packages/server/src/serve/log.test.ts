import { StoreError } from "@counterfoil/core";
import { pino } from "pino";
import { expect, test } from "vitest";
import { LedgerReach } from "../ledger-reach.ts";
import { noticeLog } from "./log.ts";

type Line = Readonly<Record<string, unknown>>;

/** The lines of a server whose log is on this level, and where its notices go. */
function logged(level: string) {
  const lines: Line[] = [];
  const log = pino({ level, base: null, timestamp: false }, { write: (text: string) => lines.push(JSON.parse(text)) });
  return { lines, sink: noticeLog(log) };
}

const away = () => new StoreError("The database does not answer.", { cause: new Error("connect ECONNREFUSED") });
const context = { requestId: "req_1", remoteAddress: "127.0.0.1", userAgent: null };
const onRoute = { type: "fault", method: "GET", route: "/readyz", status: 503, context } as const;

test("a ledger that is away is told once, and once that it is back, however many requests and reads fail by it", () => {
  const { lines, sink } = logged("info");
  const reach = new LedgerReach(sink);
  for (let second = 0; second < 60; second++) {
    reach.failed(away(), second * 1000);
    sink({ ...onRoute, error: away() });
    sink({ type: "background_fault", task: "purge", error: away() });
  }
  reach.reached(60_000);
  reach.reached(60_250);
  expect(lines).toEqual([
    { level: 50, error: "The database does not answer.", msg: "ledger out of reach" },
    { level: 40, seconds: 60, msg: "ledger in reach again" },
  ]);
  // The next time it is told again.
  reach.failed(away(), 70_000);
  expect(lines).toHaveLength(3);
});

test("what is no fault of the ledger is told while it is away, with its stack; on the level debug all is told", () => {
  const { lines, sink } = logged("debug");
  const reach = new LedgerReach(sink);
  reach.failed(away(), 0);
  sink({ ...onRoute, error: new TypeError("a bug") });
  sink({ ...onRoute, error: away() });
  expect(lines.slice(1)).toMatchObject([
    { level: 50, error: "TypeError", stack: expect.stringContaining("    at ") },
    { level: 20, error: "The database does not answer.", msg: "fault" },
  ]);
});

test("a fault of the ledger is a sentence without a stack, unless it is one that should not happen", () => {
  const { lines, sink } = logged("info");
  sink({ ...onRoute, error: away() });
  const cause = new Error("of a kind that nobody has met");
  sink({ ...onRoute, error: new StoreError("It refused a statement: this should not happen.", { cause }) });
  expect(lines.map(({ level, stack }) => [level, typeof stack])).toEqual([
    [50, "undefined"],
    [50, "string"],
  ]);
});
