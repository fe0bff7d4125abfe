import { systemClock } from "@counterfoil/core";
import type { FeedLog, LogReader, VerifierId } from "@counterfoil/core";
import { expect, test } from "vitest";
import { FEED_READERS, FeedStreams } from "./feed-streams.ts";

const reader: LogReader = { timeline: "one", complete: true, hasMore: false, take: () => null };
const wish = { verifier: "ver_1" as VerifierId, place: null, reset: undefined };

function streamsOn(open: () => Promise<LogReader>, ending = new AbortController().signal): FeedStreams {
  const log = { open } as unknown as FeedLog;
  const ledger = { listVerifiers: async () => [] };
  return new FeedStreams({ log, ledger, clock: systemClock, issuer: "https://app.example", ending });
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
  await using streams = streamsOn(async () => reader, AbortSignal.abort());
  const body = await streams.open(wish);
  if (body === "full") throw new Error("full");
  expect(await new Response(body).text()).toContain('event: end\ndata: {"reason":"stopping"}\n\n');
});
