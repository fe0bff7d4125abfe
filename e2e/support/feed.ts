import type { FeedEntry, FeedOpening, Receipt } from "@counterfoil/protocol";
import type { EventStream } from "./event-stream.ts";
import { openStream, parseEvents } from "./event-stream.ts";
import type { Target } from "./http.ts";

/** A stream of the revocation feed, as it is read. */
export interface FeedStream extends EventStream {
  /** The names of the events that have come, in their order. */
  types(): readonly string[];
  opening(): FeedOpening | undefined;
  entries(): readonly FeedEntry[];
  receipts(): readonly (Receipt & { readonly place: string })[];
  end(): unknown;
}

/** @param place where an earlier stream was */
export async function follow(target: Target, credential: string, place?: string): Promise<FeedStream> {
  const stream = await openStream(target, "/revocations", credential, {
    ...(place !== undefined && { "Last-Event-ID": place }),
  });
  const read = (type: string) =>
    parseEvents(stream.text())
      .filter((event) => event.type === type)
      .map(({ id, data }) => ({ id, data: JSON.parse(data) as unknown }));
  return {
    ...stream,
    types: () => parseEvents(stream.text()).map(({ type }) => type),
    opening: () => read("feed")[0]?.data as FeedOpening | undefined,
    entries: () => read("revocations").flatMap(({ data }) => data as FeedEntry[]),
    receipts: () => read("receipt").map(({ id, data }) => ({ ...(data as Receipt), place: id ?? "" })),
    end: () => read("end")[0]?.data,
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

/** What an entry is about, without when and why. */
export function nameOf(entry: FeedEntry): string {
  switch (entry.type) {
    case "session-revoked":
      return entry.sid;
    case "claims-changed":
      return `${entry.sub} ${entry.claims_version}`;
    case "key-revoked":
      return entry.kid;
  }
}
