import type { FeedEnd } from "@counterfoil/protocol";
import { Deadline } from "../fetch/deadline.ts";
import { chunksOf } from "../fetch/fetch.ts";
import { IssuerError } from "../fetch/issuer-error.ts";
import { EventReader } from "./event-reader.ts";
import type { ServerEvent } from "./event-reader.ts";
import { getFeed } from "./feed-source.ts";
import type { FeedSource } from "./feed-source.ts";
import type { Reading } from "./log-copy.ts";
import { readCursor, readEntries, readOpening, readReceipt } from "./wire.ts";

/** How long the server may take to answer. */
const ANSWER_LIMIT_MS = 10_000;
/** How long a stream may bring nothing before it is taken for dead: a server sends four receipts a second. */
const SILENCE_LIMIT_MS = 3000;

/**
 * Reads one stream of the feed, until it ends.
 *
 * @param onReceipt called for each receipt that was taken, with whether it proves how old the copy is
 * @throws IssuerError always: why it ended
 */
export async function readStream(
  source: FeedSource,
  reading: Reading,
  signal: AbortSignal,
  onReceipt: (proves: boolean) => void,
): Promise<never> {
  const where = reading.resumeFrom === null ? {} : { lastEventId: reading.resumeFrom };
  const deadline = new Deadline(source.clock, signal);
  try {
    deadline.allow(ANSWER_LIMIT_MS);
    const response = await getFeed(source, "text/event-stream", where, deadline.signal);
    const events = new EventReader();
    deadline.allow(SILENCE_LIMIT_MS);
    for await (const chunk of chunksOf(response, deadline.signal)) {
      deadline.allow(SILENCE_LIMIT_MS);
      for (const event of events.push(chunk)) take(event, source.issuer, reading, onReceipt);
    }
  } finally {
    deadline.stop();
  }
  throw new IssuerError("ended", "The server ended the stream.");
}

function take(event: ServerEvent, issuer: string, reading: Reading, onReceipt: (proves: boolean) => void): void {
  switch (event.name) {
    case "feed":
      reading.open(readOpening(event.data, issuer));
      break;
    case "revocations":
      reading.entries(readEntries(event.data));
      break;
    case "receipt":
      onReceipt(reading.receipt(readReceipt(event.data), readCursor(event.lastEventId, reading.timeline)));
      break;
    case "end":
      throw new IssuerError("ended", `The server ended the stream: ${reasonOf(event.data)}.`);
    // Another event tells no facts: to add one that does is to raise the feed's version.
  }
}

const REASONS: Readonly<Record<FeedEnd["reason"], string>> = {
  slow: "this reader is too slow",
  removed: "the credential was removed",
  stopping: "it stops",
};

function reasonOf(data: string): string {
  const named = Object.entries(REASONS).find(([reason]) => data.includes(`"${reason}"`));
  return named === undefined ? "it does not say why" : named[1];
}
