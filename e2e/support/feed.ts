import type { FeedAnswer, FeedEntry, FeedOpening, Receipt } from "@counterfoil/protocol";
import { expect } from "vitest";
import { temporaryDirectory } from "./directory.ts";
import type { EventStream } from "./event-stream.ts";
import { openStream, parseEvents } from "./event-stream.ts";
import { call } from "./http.ts";
import type { Target } from "./http.ts";
import type { LocalServer } from "./local.ts";
import { newSecret, startLocal } from "./local.ts";
import { register } from "./verifier.ts";

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

export const namesOf = (entries: readonly FeedEntry[]) => entries.map(nameOf);

/** The feed as one answer. */
export async function ask(target: Target, token: string, since?: string): Promise<FeedAnswer> {
  const query = since === undefined ? "" : `?since=${encodeURIComponent(since)}`;
  const answer = await call(target, "GET", `/revocations${query}`, { token });
  expect([answer.status, answer.headers["cache-control"]]).toEqual([200, "no-store"]);
  return answer.body as unknown as FeedAnswer;
}

/** Until so many receipts have come. */
export async function received(stream: FeedStream, count = 1): Promise<void> {
  await expect.poll(() => stream.receipts().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
}

/** Two servers on one file. */
export async function pair(): Promise<AsyncDisposable & { one: LocalServer; two: LocalServer; credential: string }> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const common = { data: directory.path, secret: newSecret(), issuer: "http://localhost:4000" };
  const one = stack.use(await startLocal(common));
  const two = stack.use(await startLocal({ ...common, users: [] }));
  const own = stack.move();
  return { one, two, credential: await register(one, "orders"), [Symbol.asyncDispose]: () => own.disposeAsync() };
}
