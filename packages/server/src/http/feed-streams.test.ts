import { systemClock } from "@counterfoil/core";
import type { Clock, FeedLog, Ledger, LogReader, Taken, VerifierId } from "@counterfoil/core";
import { expect, test, vi } from "vitest";
import { FEED_READERS, FeedStreams } from "./feed-streams.ts";

const reader: LogReader = { timeline: "one", complete: true, hasMore: false, take: () => null };
const wish = { verifier: "ver_1" as VerifierId, place: null, reset: undefined };

interface Given {
  readonly ending?: AbortSignal;
  readonly clock?: Clock;
}

function streamsOn(
  open: () => Promise<LogReader>,
  { ending = new AbortController().signal, clock = systemClock }: Given = {},
): FeedStreams {
  const log = { open } as unknown as FeedLog;
  const ledger = { listVerifiers: async () => [{ id: wish.verifier }] } as unknown as Pick<Ledger, "listVerifiers">;
  return new FeedStreams({ log, ledger, clock, issuer: "https://app.example", ending });
}

test("R154 a process has room for so many readers, those that are being opened among them", async () => {
  await using streams = streamsOn(async () => reader);
  const opened = await Promise.all(Array.from({ length: FEED_READERS + 3 }, () => streams.open(wish)));
  expect(opened.filter((body) => body === "full")).toHaveLength(3);
  const [first] = opened.filter((body) => body !== "full");
  await first!.cancel();
  expect(await streams.open(wish)).not.toBe("full");
  expect(await streams.open(wish)).toBe("full");
});

test("a reader whose stream could not be opened leaves its place", async () => {
  let failing = true;
  await using streams = streamsOn(() =>
    failing ? Promise.reject(new Error("out of reach")) : Promise.resolve(reader),
  );
  const failed = await Promise.allSettled(Array.from({ length: FEED_READERS }, () => streams.open(wish)));
  expect(new Set(failed.map(({ status }) => status))).toEqual(new Set(["rejected"]));
  failing = false;
  expect(await streams.open(wish)).not.toBe("full");
});

test("a reader that comes while the server stops is told so at once", async () => {
  await using streams = streamsOn(async () => reader, { ending: AbortSignal.abort() });
  const body = await streams.open(wish);
  if (body === "full") throw new Error("full");
  expect(await new Response(body).text()).toContain('event: end\ndata: {"reason":"stopping"}\n\n');
});

/** So many readers, each of which takes what it is sent; and when something was. */
async function timed(readers: number) {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  let now = 1000;
  let told = 0;
  const receipt = { place: "one.1", ledgerTime: 0, readAt: 0 };
  const open = async (): Promise<LogReader> => {
    let taken = told;
    return {
      ...reader,
      take(): Taken | null {
        if (taken === told) return null;
        taken = told;
        return { name: `${told}`, chunks: [], receipt };
      },
    };
  };
  const streams = streamsOn(open, { clock: { now: () => now, monotonic: () => now } });
  const writes: number[] = [];
  for (let count = 0; count < readers; count++) {
    const body = await streams.open(wish);
    if (body === "full") throw new Error("full");
    void body.pipeTo(
      new WritableStream({
        write: (bytes: Uint8Array) => {
          if (count === 0 && !new TextDecoder().decode(bytes).startsWith("event: feed")) writes.push(now);
        },
      }),
    );
  }
  const settle = () => new Promise((turn) => setImmediate(turn));
  await settle();
  return {
    writes,
    /** A read has ended. */
    async wake(hasEntries: boolean) {
      told++;
      streams.wake(hasEntries);
      await settle();
    },
    async pass(milliseconds: number) {
      for (let passed = 0; passed < milliseconds; passed++) {
        now++;
        vi.advanceTimersByTime(1);
      }
      await settle();
    },
    async [Symbol.asyncDispose]() {
      await streams[Symbol.asyncDispose]();
      vi.useRealTimers();
    },
  };
}

test("a revocation goes out at once, and those that come within 25 ms behind it go together", async () => {
  await using feed = await timed(3);
  await feed.wake(true);
  expect(feed.writes).toEqual([1000]);
  await feed.pass(10);
  await feed.wake(true);
  await feed.wake(true);
  await feed.pass(14);
  expect(feed.writes).toEqual([1000]);
  await feed.pass(1);
  expect(feed.writes).toEqual([1000, 1025]);
  await feed.pass(1000);
  expect(feed.writes).toEqual([1000, 1025]);
});

test("a receipt alone waits for 150 ms behind the last write, and not where a revocation comes meanwhile", async () => {
  await using feed = await timed(3);
  await feed.wake(false);
  await feed.pass(100);
  await feed.wake(false);
  await feed.pass(20);
  expect(feed.writes).toEqual([1000]);
  await feed.wake(true);
  expect(feed.writes).toEqual([1000, 1120]);
  // The one that was due at 1150 went with it.
  await feed.pass(100);
  expect(feed.writes).toEqual([1000, 1120]);
  await feed.wake(false);
  await feed.wake(false);
  await feed.pass(50);
  expect(feed.writes).toEqual([1000, 1120, 1270]);
  // A receipt that is due later does not put a revocation off.
  await feed.pass(5);
  await feed.wake(true);
  await feed.wake(false);
  await feed.pass(20);
  expect(feed.writes).toEqual([1000, 1120, 1270, 1295]);
});

test("R154 the more readers there are, the longer between two writes, so that they leave a server its time", async () => {
  await using feed = await timed(800);
  await feed.wake(true);
  for (let passed = 0; passed < 500; passed += 10) {
    await feed.pass(10);
    await feed.wake(true);
  }
  expect(feed.writes).toEqual([1000, 1100, 1200, 1300, 1400, 1500]);
});
