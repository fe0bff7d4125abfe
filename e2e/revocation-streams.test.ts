import { parseVerifierName, StoreError } from "@counterfoil/core";
import type { RevocationsRead } from "@counterfoil/core";
import type { FeedEntry } from "@counterfoil/protocol";
import { expect, test } from "vitest";
import { SECOND } from "./support/clock.ts";
import { ask, follow, namesOf, pair, received } from "./support/feed.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";
import { register } from "./support/verifier.ts";

test("R126 a stream says what it is, tells everything, marks its end with a receipt, and goes on", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const kavya = await signIn(local, KAVYA);
  const arjun = await signIn(local, ARJUN);
  await call(local, "POST", "/logout", { token: kavya.refresh });
  await using stream = await follow(local, own);
  expect(stream.response.headers).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  await received(stream);
  expect(stream.types().slice(0, 3)).toEqual(["feed", "revocations", "receipt"]);
  const { timeline } = stream.opening()!;
  expect(stream.opening()).toEqual({ version: 1, issuer: local.issuer, timeline, complete: true });
  expect(namesOf(stream.entries())).toEqual([kavya.sid]);
  expect(stream.receipts()[0]).toEqual({
    place: expect.stringMatching(`^${timeline}\\.`),
    ledger_time: local.clock.now(),
    read_at: local.clock.monotonic(),
  });
  const before = stream.receipts().length;
  await call(local, "POST", "/logout", { token: arjun.refresh });
  await expect.poll(() => namesOf(stream.entries())).toEqual([kavya.sid, arjun.sid]);
  await received(stream, before + 3);
  // Nothing comes behind an entry but its receipt, and none is told twice.
  expect(stream.types().filter((type) => type === "revocations")).toHaveLength(2);
  expect(stream.types().at(stream.types().lastIndexOf("revocations") + 1)).toBe("receipt");
});

test("R126 what one server revokes, another one that follows the same file tells", async () => {
  await using both = await pair();
  await using stream = await follow(both.two, both.credential);
  await received(stream);
  const { sid, refresh } = await signIn(both.one, KAVYA);
  await call(both.one, "POST", "/logout", { token: refresh });
  await expect.poll(() => namesOf(stream.entries())).toEqual([sid]);
  expect(namesOf((await ask(both.two, both.credential)).entries)).toEqual([sid]);
});

test("R127 no receipt while the log cannot be read; the stream stays open, and goes on when it can be", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const { sid, refresh } = await signIn(local, KAVYA);
  await using stream = await follow(local, own);
  await received(stream);
  const { ledger } = local.services;
  const working = { ...ledger };
  let failed = 0;
  ledger.mayHaveChanged = () => true;
  ledger.readRevocations = () => {
    failed++;
    return Promise.reject(new StoreError("out of reach"));
  };
  await expect.poll(() => failed).toBeGreaterThanOrEqual(2);
  const before = stream.receipts().length;
  await call(local, "POST", "/logout", { token: refresh });
  await expect.poll(() => failed, { timeout: 5000 }).toBeGreaterThanOrEqual(6);
  expect([stream.receipts().length, stream.entries()]).toEqual([before, []]);
  for (const accept of ["application/json", "text/event-stream"]) {
    const answer = await call(local, "GET", "/revocations", { token: own, headers: { Accept: accept } });
    expect([answer.status, answer.body["code"], answer.headers["retry-after"]]).toEqual([503, "unavailable", "1"]);
  }
  Object.assign(ledger, working);
  await received(stream, before + 2);
  expect(namesOf(stream.entries())).toEqual([sid]);
});

test("R126 64 readers at once are told the same", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  await using streams = new AsyncDisposableStack();
  const all = await Promise.all(Array.from({ length: 64 }, () => follow(local, own)));
  for (const stream of all) streams.use(stream);
  await Promise.all(all.map((stream) => received(stream)));
  const ended = [];
  for (let round = 0; round < 5; round++) {
    const { sid, refresh } = await signIn(local, KAVYA);
    await call(local, "POST", "/logout", { token: refresh });
    ended.push(sid);
  }
  for (const stream of all) await expect.poll(() => namesOf(stream.entries())).toEqual(ended);
});

const FLOOD = 60_000;

/** A read that has more than any buffer between a server and its reader takes. */
function flood({ services }: LocalServer): void {
  const { ledger } = services;
  const readRevocations = ledger.readRevocations.bind(ledger);
  const entries = Array.from({ length: FLOOD }, (_, index): FeedEntry => {
    return { type: "session-revoked", sid: `ses_${String(index).padStart(300, "0")}` };
  });
  let flooded = false;
  ledger.mayHaveChanged = () => !flooded;
  ledger.readRevocations = async (cursor): Promise<RevocationsRead> => {
    const read = await readRevocations(cursor);
    if (flooded) return read;
    flooded = true;
    return { ...read, entries };
  };
}

test("R154 a reader that takes nothing is dropped and told, or cut off if it does not hear even that; others go on", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  await using told = await follow(local, own);
  await using deaf = await follow(local, own);
  await using other = await follow(local, own);
  await Promise.all([received(told), received(deaf), received(other)]);
  const cut = new Promise<string | undefined>((resolve) => {
    deaf.response.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
  });
  told.response.pause();
  deaf.response.pause();
  flood(local);
  await expect.poll(() => other.entries().length, { timeout: 30_000, interval: 500 }).toBe(FLOOD);
  local.clock.advance(11 * SECOND);
  const count = other.receipts().length;
  // The look that drops both has been.
  await received(other, count + 6);
  told.response.resume();
  await told.ended;
  expect(told.end()).toEqual({ reason: "slow" });
  // All that it was sent came whole.
  expect(told.entries().length).toBeLessThan(FLOOD);
  local.clock.advance(6 * SECOND);
  await received(other, other.receipts().length + 6);
  deaf.response.resume();
  expect(await cut).toBe("ECONNRESET");
  await received(other, other.receipts().length + 2);
  expect(other.end()).toBeUndefined();
}, 60_000);

test("R133 a service that was removed is cut off, on every server, and no other one; a fault of the ledger's cuts nobody", async () => {
  await using both = await pair();
  const second = await register(both.two, "payments");
  await using removed = await follow(both.two, both.credential);
  await using stays = await follow(both.two, second);
  await Promise.all([received(removed), received(stays)]);
  const { ledger } = both.two.services;
  const listVerifiers = ledger.listVerifiers.bind(ledger);
  let failed = 0;
  ledger.listVerifiers = () => {
    failed++;
    return Promise.reject(new StoreError("out of reach"));
  };
  await both.one.services.ledger.removeVerifier({ which: { name: parseVerifierName("orders")! }, context: null });
  await expect.poll(() => failed, { timeout: 5000 }).toBeGreaterThanOrEqual(2);
  expect([removed.end(), stays.end()]).toEqual([undefined, undefined]);
  ledger.listVerifiers = listVerifiers;
  await removed.ended;
  expect(removed.end()).toEqual({ reason: "removed" });
  await received(stays, stays.receipts().length + 2);
  expect(stays.end()).toBeUndefined();
});

test("a server that stops tells its readers, and does not wait for them", async () => {
  const local = await startLocal();
  const own = await register(local, "orders");
  await using stream = await follow(local, own);
  await received(stream);
  await local[Symbol.asyncDispose]();
  await stream.ended;
  expect(stream.end()).toEqual({ reason: "stopping" });
});
