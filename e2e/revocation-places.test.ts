import { expect, test } from "vitest";
import { openStream } from "./support/event-stream.ts";
import { ask, follow, namesOf, pair, received } from "./support/feed.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";
import { register } from "./support/verifier.ts";

test("R126 a reader that is cut off again and again, by two servers in turn, misses nothing that was revoked meanwhile", async () => {
  await using both = await pair();
  const { one, two } = both;
  const { sub } = await signIn(one, KAVYA);
  const revoking = new AbortController();
  const revoked: string[] = [];
  const revoke = async (target: LocalServer, rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      const { sid, refresh } = await signIn(target, ARJUN);
      await call(target, "POST", "/logout", { token: refresh });
      revoked.push(sid);
    }
  };
  const known = new Set<string>();
  let place: string | undefined;
  const read = async () => {
    for (let turn = 0; !revoking.signal.aborted || turn < 2; turn++) {
      await using stream = await follow(turn % 2 === 0 ? one : two, both.credential, place);
      await received(stream);
      for (const name of namesOf(stream.entries())) known.add(name);
      place = stream.receipts().at(-1)!.place;
      expect([turn, stream.opening()!.complete]).toEqual([turn, turn === 0]);
    }
  };
  const reading = read();
  await Promise.all([revoke(one, 15), revoke(two, 15), one.cf.users.setRoles(sub, ["guest"])]);
  revoking.abort();
  await reading;
  await using last = await follow(two, both.credential, place);
  await received(last);
  for (const name of namesOf(last.entries())) known.add(name);
  expect(revoked.filter((sid) => !known.has(sid))).toEqual([]);
  const { entries } = await one.services.ledger.readRevocations(null);
  expect(namesOf(entries).filter((name) => !known.has(name))).toEqual([]);
});

test("R126 another history of the ledger, as after a restore, gives a reader of the old one everything", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const { sid, refresh } = await signIn(local, KAVYA);
  await call(local, "POST", "/logout", { token: refresh });
  await using stream = await follow(local, own);
  await received(stream);
  const { place } = stream.receipts().at(-1)!;
  const { ledger } = local.services;
  const readRevocations = ledger.readRevocations.bind(ledger);
  ledger.readRevocations = async (cursor) => ({ ...(await readRevocations(cursor)), timeline: "restored" });
  ledger.mayHaveChanged = () => true;
  await stream.ended;
  expect(stream.end()).toBeUndefined();
  await using anew = await follow(local, own, place);
  await received(anew);
  expect(anew.opening()).toMatchObject({ complete: true, timeline: "restored" });
  expect(namesOf(anew.entries())).toEqual([sid]);
  expect(await ask(local, own, place)).toMatchObject({ complete: true, timeline: "restored" });
});

test("R126 a place that no receipt can have given gets everything, and hurts nobody else", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const { sid, refresh } = await signIn(local, KAVYA);
  await call(local, "POST", "/logout", { token: refresh });
  const { timeline, cursor } = await ask(local, own);
  const places = [
    `${timeline}.99999999`,
    `${timeline}.-1`,
    `${timeline}.1e400`,
    `${timeline}.`,
    `${timeline}.${"9".repeat(12_000)}`,
    `${cursor}, ${cursor}`,
    "",
    "x".repeat(12_000),
  ];
  for (const place of places) {
    await using stream = await follow(local, own, place);
    await received(stream);
    expect([place, namesOf(stream.entries())]).toEqual([place, [sid]]);
    expect(namesOf((await ask(local, own, place)).entries)).toEqual([sid]);
  }
  expect((await ask(local, own, cursor)).entries).toEqual([]);
  const twice = await call(local, "GET", `/revocations?since=${cursor}&since=${cursor}`, { token: own });
  expect([twice.status, twice.body["code"]]).toEqual([400, "invalid_request"]);
  const long = await call(local, "GET", "/revocations", { token: own, headers: { "Last-Event-ID": "x".repeat(1e6) } });
  expect(long.status).toBe(431);
  // Without the network's limits.
  const headers = { Authorization: `Bearer ${own}`, Accept: "text/event-stream", "Last-Event-ID": "x".repeat(1e6) };
  const response = await local.cf.fetch(new Request(`${local.issuer}/revocations`, { headers }));
  expect(response.status).toBe(200);
  await response.body!.cancel();
});

test("R126 of Last-Event-ID and since, the one that moves on is gone by", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const first = await ask(local, own);
  const { sid, refresh } = await signIn(local, KAVYA);
  await call(local, "POST", "/logout", { token: refresh });
  const { cursor } = await ask(local, own);
  const open = (headers: Readonly<Record<string, string>>) =>
    openStream(local, `/revocations?since=${encodeURIComponent(first.cursor)}`, own, headers);
  await using reconnected = await open({ "Last-Event-ID": cursor });
  await using anew = await open({});
  await expect.poll(() => reconnected.text()).toContain("event: receipt");
  await expect.poll(() => anew.text()).toContain("event: receipt");
  expect([reconnected.text().includes(sid), anew.text().includes(sid)]).toEqual([false, true]);
});

test("R126 200 that connect while sessions end and the ledger's history becomes another one lack nothing", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const { ledger } = local.services;
  const readRevocations = ledger.readRevocations.bind(ledger);
  let timeline = "first";
  ledger.readRevocations = async (cursor) => ({ ...(await readRevocations(cursor)), timeline });
  ledger.mayHaveChanged = () => true;
  const ended: string[] = [];
  const decide = async () => {
    for (let round = 0; round < 10; round++) {
      const { sid, refresh } = await signIn(local, KAVYA);
      await call(local, "POST", "/logout", { token: refresh });
      ended.push(sid);
      if (round === 5) timeline = "restored";
    }
  };
  await using streams = new AsyncDisposableStack();
  const connect = async (_each: unknown, index: number) => {
    const stream = streams.use(await follow(local, own, index % 2 === 0 ? undefined : `first.${index % 7}`));
    let over = false;
    stream.ended.then(() => (over = true)).catch(() => undefined);
    // It was cut off by the other history, or is of it.
    await expect.poll(() => over || stream.opening()?.timeline === "restored", { timeout: 20_000 }).toBe(true);
  };
  await Promise.all([decide(), ...Array.from({ length: 200 }, connect)]);
  const all = await Promise.all(Array.from({ length: 200 }, () => follow(local, own, "first.3")));
  for (const stream of all) streams.use(stream);
  await Promise.all(all.map((stream) => received(stream)));
  for (const stream of all) {
    expect(stream.opening()).toMatchObject({ complete: true, timeline: "restored" });
    expect(namesOf(stream.entries())).toEqual(ended);
  }
}, 60_000);
