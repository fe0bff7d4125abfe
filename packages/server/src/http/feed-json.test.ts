import type { LogReader, LogReceipt } from "@counterfoil/core";
import type { FeedEntry } from "@counterfoil/protocol";
import { expect, test } from "vitest";
import { answerOf } from "./feed-json.ts";

const receipt: LogReceipt = { place: "one.7", ledgerTime: 1_800_000_000_000, readAt: 5 };
const CHUNK_ENTRIES = 100;

function readerOf(chunks: readonly (readonly FeedEntry[])[]): LogReader {
  const encoded = chunks.map((entries) => new TextEncoder().encode(JSON.stringify(entries).slice(1, -1)));
  return {
    timeline: "one",
    complete: true,
    hasMore: true,
    take: () => ({ name: null, chunks: encoded, receipt }),
  };
}

function chunksOf(count: number): FeedEntry[][] {
  return Array.from({ length: count }, (_chunk, chunk) =>
    Array.from({ length: CHUNK_ENTRIES }, (_entry, index) => ({ type: "session-revoked", sid: `${chunk} ${index}` })),
  );
}

test.each([0, 1, 2, 500])("an answer of %i chunks is one JSON text with all of them", async (count) => {
  const chunks = chunksOf(count);
  const answer = answerOf("https://app.example", readerOf(chunks));
  expect(await new Response(answer).json()).toEqual({
    version: 1,
    issuer: "https://app.example",
    timeline: "one",
    complete: true,
    ledger_time: receipt.ledgerTime,
    read_at: 5,
    cursor: "one.7",
    entries: chunks.flat(),
  });
});

test("R154 a long answer is made as it is taken, and a short one has its length", async () => {
  expect(answerOf("https://app.example", readerOf(chunksOf(1)))).toBeInstanceOf(Uint8Array);
  const long = answerOf("https://app.example", readerOf(chunksOf(500)));
  if (!(long instanceof ReadableStream)) throw new Error("at once");
  let parts = 0;
  for await (const part of long as ReadableStream<Uint8Array>) {
    parts++;
    expect(part.length).toBeLessThan(128 * 1024);
  }
  expect(parts).toBeGreaterThan(20);
});

test("a reader that is over, or has nothing, is to begin anew", () => {
  for (const taken of ["over", null] as const) {
    expect(answerOf("https://app.example", { ...readerOf([]), take: () => taken })).toBeNull();
  }
});
