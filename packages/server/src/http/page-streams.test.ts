import { StoreError } from "@counterfoil/core";
import type { Session, SessionRecord, Sid, Subject } from "@counterfoil/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PageStreams, PAGES } from "./page-streams.ts";

const HOUR = 3_600_000;
const HEARTBEAT_MS = 15_000;

let now: number;
let fresh: boolean;
let records: Map<Sid, SessionRecord>;
let lookups: { asked: Sid[]; atOnce: number; most: number };
let reach: () => Promise<void>;
let ending: AbortController;
let streams: PageStreams;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  now = 1_800_000_000_000;
  fresh = true;
  records = new Map();
  lookups = { asked: [], atOnce: 0, most: 0 };
  reach = () => Promise.resolve();
  ending = new AbortController();
  streams = new PageStreams({
    ledger: {
      async readSession(sid) {
        lookups.asked.push(sid);
        lookups.most = Math.max(lookups.most, ++lookups.atOnce);
        try {
          await reach();
          return records.get(sid) ?? null;
        } finally {
          lookups.atOnce--;
        }
      },
    },
    follower: {
      get fresh() {
        return fresh;
      },
      ledgerNow: () => now,
    },
    ending: ending.signal,
    onFault: (error) => expect.fail(String(error)),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

function keep(sid: string, over: Partial<Session> = {}): Session {
  const subject = `usr_${sid}` as Subject;
  const clocks = { lastActiveAt: now, inactivitySeconds: 12 * 3600, expiresAt: now + 24 * HOUR };
  const session = { sid: sid as Sid, subject, claimsVersion: 1, ...clocks, ...over } as Session;
  records.set(session.sid, { session, endedAt: null, endReason: null, data: "{}", dataVersion: 0 });
  return session;
}

function end(session: Session): void {
  const record = records.get(session.sid)!;
  records.set(session.sid, { ...record, endedAt: now, endReason: "everybody" });
}

/** A page that reads: all that it was told so far. */
async function openPage(session: Session): Promise<{ text: () => string; over: Promise<void> }> {
  const page = streams.open(session);
  if (page === "full") throw new Error("full");
  await page.begin(null);
  let text = "";
  const over = (async () => {
    for await (const bytes of page.body) text += new TextDecoder().decode(bytes);
  })();
  return { text: () => text, over };
}

const settle = () => new Promise((turn) => setImmediate(turn));
/** Time passes, and a heartbeat at its end. */
async function pass(milliseconds: number): Promise<void> {
  now += milliseconds;
  vi.advanceTimersByTime(HEARTBEAT_MS);
  await settle();
}

test("a heartbeat comes every quarter of a minute, and none while it proves nothing", async () => {
  const page = await openPage(keep("one"));
  await pass(15_000);
  expect(page.text()).toBe("id: 1\n:\n\n:\n\n");
  fresh = false;
  await pass(15_000);
  expect(page.text()).toBe("id: 1\n:\n\n:\n\n");
  expect(lookups.asked).toHaveLength(1);
});

test("an end by time is noticed, and activity that the ledger knows of is no end", async () => {
  const idle = keep("idle");
  const [over, used] = [await openPage(idle), await openPage(keep("used"))];
  keep("used", { lastActiveAt: now + 11 * HOUR });
  await pass(12 * HOUR);
  await over.over;
  expect(over.text()).toContain('event: session-ended\ndata: {"sid":"idle","reason":"inactive"}\n\n');
  expect(used.text()).not.toContain("event:");
  const asked = lookups.asked.length;
  // Its clocks are known anew: it need not be asked about at each heartbeat.
  await pass(15_000);
  expect(lookups.asked).toHaveLength(asked);
  await pass(12 * HOUR);
  await used.over;
  expect(used.text()).toContain('"reason":"lifetime"');
});

test("a revoked key leads to one look at each session, few at a time; so does another history, in which one may be missing", async () => {
  const sessions = Array.from({ length: 20 }, (_, index) => keep(`s${index}`));
  const pages = [];
  for (const session of sessions) pages.push(await openPage(session));
  lookups.asked = [];
  reach = settle as () => Promise<void>;
  end(sessions[3]!);
  streams.apply({ type: "key-revoked", kid: "k" });
  await pages[3]!.over;
  await vi.waitFor(() => expect(lookups.atOnce).toBe(0));
  expect([lookups.asked.length, lookups.most]).toEqual([20, 4]);
  expect(pages[3]!.text()).toContain('"reason":"everybody"');
  streams.completed({ timeline: "first" });
  records.delete(sessions[4]!.sid);
  streams.completed({ timeline: "restored" });
  await pages[4]!.over;
  expect(pages[4]!.text()).toContain('event: session-ended\ndata: {"sid":"s4"}\n\n');
  expect(pages[5]!.text()).not.toContain("event:");
});

test("R021 what comes due while a look-up is ending is looked up, and not at the next heartbeat", async () => {
  const first = keep("first");
  await openPage(first);
  // Whichever turn of the queue it comes in.
  for (let turns = 0; turns < 30; turns++) {
    const session = keep(`s${turns}`);
    const page = await openPage(session);
    let come!: () => void;
    reach = () => new Promise((resolve) => (come = resolve));
    streams.apply({ type: "claims-changed", sub: first.subject, claims_version: 2 });
    reach = () => Promise.resolve();
    end(session);
    come();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    streams.apply({ type: "claims-changed", sub: session.subject, claims_version: 2 });
    await settle();
    expect([turns, page.text().includes("session-ended")]).toEqual([turns, true]);
  }
});

test("a page that takes nothing between two heartbeats is let go of, and makes room", async () => {
  const [deaf, reading] = [keep("deaf"), await openPage(keep("reading"))];
  const left = streams.open(deaf);
  if (left === "full") throw new Error("full");
  await left.begin(null);
  await pass(HEARTBEAT_MS);
  expect(streams.size).toBe(2);
  await pass(HEARTBEAT_MS);
  expect(streams.size).toBe(1);
  expect(await new Response(left.body).text()).toBe("id: 1\n:\n\n");
  await pass(HEARTBEAT_MS);
  expect(reading.text()).toBe("id: 1\n:\n\n:\n\n:\n\n:\n\n");
});

test("a server that stops does not wait for look-ups that nobody needs any more", async () => {
  const sessions = Array.from({ length: 20 }, (_, index) => keep(`s${index}`));
  for (const session of sessions) await openPage(session);
  lookups.asked = [];
  let come!: () => void;
  const held = new Promise<void>((resolve) => (come = resolve));
  reach = () => held;
  streams.apply({ type: "key-revoked", kid: "k" });
  const stopped = streams[Symbol.asyncDispose]();
  come();
  await stopped;
  await settle();
  expect(lookups.asked).toHaveLength(4);
});

test("what could not be looked up is looked up when the log can be read again", async () => {
  const session = keep("one");
  const page = await openPage(session);
  reach = () => Promise.reject(new StoreError("out of reach"));
  end(session);
  streams.apply({ type: "claims-changed", sub: session.subject, claims_version: 2 });
  await settle();
  expect(page.text()).not.toContain("event:");
  reach = () => Promise.resolve();
  streams.completed({ timeline: "first" });
  await page.over;
  expect(page.text()).toContain('event: session-ended\ndata: {"sid":"one","reason":"everybody"}\n\n');
});

test("a process has room for so many pages, and is without a timer when all have gone", () => {
  const open = Array.from({ length: PAGES }, (_, index) => streams.open(keep(`s${index}`)));
  expect(open).not.toContain("full");
  expect(streams.open(keep("one more"))).toBe("full");
  streams.apply({ type: "session-revoked", sid: "s7" });
  expect(streams.open(keep("another"))).not.toBe("full");
  expect(vi.getTimerCount()).toBe(1);
  ending.abort();
  expect(vi.getTimerCount()).toBe(0);
});
