import type { LogReader, LogReceipt } from "@counterfoil/core";
import { FEED_VERSION } from "@counterfoil/protocol";
import type { FeedOpening, Receipt } from "@counterfoil/protocol";
import { z } from "zod";

const why = {
  event_timestamp: z.number().optional().describe("When it was decided, seconds since the epoch with their fraction."),
  reason: z.string().optional().describe("For people: nothing is decided by it."),
};

const FeedEntryJson = z.union([
  z.looseObject({ type: z.literal("session-revoked"), sid: z.string(), ...why }),
  z.looseObject({ type: z.literal("claims-changed"), sub: z.string(), claims_version: z.int(), ...why }),
  z.looseObject({ type: z.literal("key-revoked"), kid: z.string(), ...why }),
]);

/** See `FeedAnswer`. */
export const FeedAnswerJson = z.object({
  version: z.int().describe("Believe nothing of another than the one that you know."),
  issuer: z.string(),
  timeline: z.string().describe("Names this history of the ledger."),
  complete: z.boolean().describe("Whether it has everything that still matters; else what came behind `since`."),
  ledger_time: z.int().describe("Milliseconds since the epoch."),
  read_at: z.number().describe("Milliseconds on the server's monotonic clock, when the read began."),
  cursor: z.string().describe("What to give as `since` next."),
  entries: z.array(FeedEntryJson),
});

export function openingOf(issuer: string, { timeline, complete }: LogReader): FeedOpening {
  return { version: FEED_VERSION, issuer, timeline, complete };
}

export function receiptOf({ ledgerTime, readAt }: LogReceipt): Receipt {
  return { ledger_time: ledgerTime, read_at: readAt };
}

/** About how much of an answer goes out at once. */
const WRITE_BYTES = 64 * 1024;

/**
 * All that a reader is to be told, as one JSON text; `null` where it cannot go on and is to begin anew. A long one is
 * made as it is taken: what many ask for at once, and take slowly, is in memory once.
 */
export function answerOf(issuer: string, reader: LogReader): Uint8Array<ArrayBuffer> | ReadableStream | null {
  const taken = reader.take(Number.POSITIVE_INFINITY);
  if (taken === null || taken === "over" || taken.receipt === null) return null;
  const { receipt, chunks } = taken;
  const head = { ...openingOf(issuer, reader), ...receiptOf(receipt), cursor: receipt.place };
  const comma = encode(",");
  const entries = chunks.flatMap((chunk, index) => (index === 0 ? [chunk] : [comma, chunk]));
  const parts = [encode(`${JSON.stringify(head).slice(0, -1)},"entries":[`), ...entries, encode("]}")];
  return sizeOf(parts) <= WRITE_BYTES ? joined(parts) : streamOf(parts);
}

function streamOf(parts: readonly Uint8Array[]): ReadableStream {
  let next = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const from = next;
        for (let size = 0; size < WRITE_BYTES && next < parts.length;) size += parts[next++]!.length;
        controller.enqueue(joined(parts.slice(from, next)));
        if (next === parts.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(sizeOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const encode = (text: string) => new TextEncoder().encode(text);
