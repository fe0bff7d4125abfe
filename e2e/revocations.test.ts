import { parseVerifierName, StoreError } from "@counterfoil/core";
import type { RevocationsRead } from "@counterfoil/core";
import type { FeedAnswer, FeedEntry } from "@counterfoil/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOUR, SECOND } from "./support/clock.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { follow, nameOf } from "./support/feed.ts";
import type { FeedStream } from "./support/feed.ts";
import { call } from "./support/http.ts";
import type { Carried, Target } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { newSecret, startLocal } from "./support/local.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";
import { register } from "./support/verifier.ts";

let server: LocalServer;
let credential: string;

beforeAll(async () => {
  server = await startLocal();
  credential = await register(server, "orders");
});

afterAll(() => server[Symbol.asyncDispose]());

async function ask(target: Target, token: string, since?: string): Promise<FeedAnswer> {
  const query = since === undefined ? "" : `?since=${encodeURIComponent(since)}`;
  const answer = await call(target, "GET", `/revocations${query}`, { token });
  expect([answer.status, answer.headers["cache-control"]]).toEqual([200, "no-store"]);
  return answer.body as unknown as FeedAnswer;
}

const names = (entries: readonly FeedEntry[]) => entries.map(nameOf);
async function received(stream: FeedStream, count = 1): Promise<void> {
  await expect.poll(() => stream.receipts().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
}

/** Two servers on one file. */
async function pair(): Promise<AsyncDisposable & { one: LocalServer; two: LocalServer; credential: string }> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const common = { data: directory.path, secret: newSecret(), issuer: "http://localhost:4000" };
  const one = stack.use(await startLocal(common));
  const two = stack.use(await startLocal({ ...common, users: [] }));
  const own = stack.move();
  return { one, two, credential: await register(one, "orders"), [Symbol.asyncDispose]: () => own.disposeAsync() };
}

test("R125 R133 without a verifier's credential, with a wrong one or a user's token, neither form tells anything", async () => {
  const { access, refresh } = await signIn(server, KAVYA);
  const browser = await signIn(server, { ...KAVYA, transport: "cookie" });
  const wrong = credential.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  const carried: readonly Carried[] = [
    {},
    { cookie: browser.cookie },
    { token: access },
    { token: refresh },
    { token: wrong },
    { headers: { Authorization: [`Bearer ${credential}`, `Bearer ${credential}`] } },
  ];
  for (const each of carried) {
    for (const accept of ["application/json", "text/event-stream"]) {
      const answer = await call(server, "GET", "/revocations", {
        ...each,
        headers: { ...each.headers, Accept: accept },
      });
      expect([answer.status, Object.keys(answer.body)]).toEqual([401, ["error", "code"]]);
      expect(answer.body["code"]).toBe("invalid_client");
    }
  }
});

test("R125 the credential of another server's service, and of one that was removed, is 401", async () => {
  await using elsewhere = await startLocal();
  const foreign = await register(elsewhere, "orders");
  expect((await call(server, "GET", "/revocations", { token: foreign })).status).toBe(401);
  const own = await register(elsewhere, "removed");
  expect((await call(elsewhere, "GET", "/revocations", { token: own })).status).toBe(200);
  await elsewhere.services.ledger.removeVerifier({ which: { name: parseVerifierName("removed")! }, context: null });
  expect((await call(elsewhere, "GET", "/revocations", { token: own })).status).toBe(401);
});

test("R125 R134 nobody tells the feed anything but the ledger: it takes no other method, and no body", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const body = { entries: [{ type: "key-revoked", kid: "any" }] };
    const answer = await call(server, method, "/revocations", { token: credential, body });
    expect([answer.status, answer.headers["allow"]]).toEqual([405, "GET, HEAD, OPTIONS"]);
  }
});

test("R134 what the feed still tells of a session that is over is not about the one that follows it", async () => {
  const first = await signIn(server, KAVYA);
  await call(server, "POST", "/logout/all", { token: first.refresh });
  const second = await signIn(server, KAVYA);
  const { entries } = await ask(server, credential);
  const about = entries.filter(
    (entry) =>
      (entry.type === "session-revoked" && entry.sid === second.sid) ||
      (entry.type === "claims-changed" && entry.sub === second.sub && entry.claims_version > 2),
  );
  expect(about).toEqual([]);
  expect(names(entries)).toContain(`${second.sub} 2`);
  expect((await call(server, "GET", "/me", { token: second.access })).status).toBe(200);
});

test("one answer has everything first, then what came since, each with when and why", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const kavya = await signIn(local, KAVYA);
  const arjun = await signIn(local, ARJUN);
  await call(local, "POST", "/logout", { token: kavya.refresh });
  const first = await ask(local, own);
  const at = local.clock.now();
  expect(first).toEqual({
    version: 1,
    issuer: local.issuer,
    timeline: expect.any(String),
    complete: true,
    ledger_time: at,
    read_at: local.clock.monotonic(),
    cursor: expect.stringMatching(`^${first.timeline}\\.`),
    entries: [{ type: "session-revoked", sid: kavya.sid, event_timestamp: at / 1000, reason: "logout" }],
  });
  local.clock.advance(500);
  await local.cf.users.setRoles(arjun.sub, ["guest"]);
  const next = await ask(local, own, first.cursor);
  expect(next).toMatchObject({
    complete: false,
    ledger_time: at + 500,
    entries: [
      {
        type: "claims-changed",
        sub: arjun.sub,
        claims_version: 2,
        event_timestamp: (at + 500) / 1000,
        reason: "roles_changed",
      },
    ],
  });
  expect(await ask(local, own, next.cursor)).toMatchObject({ complete: false, entries: [], cursor: next.cursor });
  // What entitles nobody to less: a place that is none, or of another history.
  for (const since of ["", "x", "another.1", first.timeline, `x${first.cursor}`]) {
    expect([since, names((await ask(local, own, since)).entries)]).toEqual([since, [kavya.sid, `${arjun.sub} 2`]]);
  }
  const unknown = await call(local, "GET", "/revocations?cursor=1", { token: own });
  expect([unknown.status, unknown.body["code"]]).toEqual([400, "invalid_request"]);
});

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
  expect(names(stream.entries())).toEqual([kavya.sid]);
  expect(stream.receipts()[0]).toEqual({
    place: expect.stringMatching(`^${timeline}\\.`),
    ledger_time: local.clock.now(),
    read_at: local.clock.monotonic(),
  });
  const before = stream.receipts().length;
  await call(local, "POST", "/logout", { token: arjun.refresh });
  await expect.poll(() => names(stream.entries())).toEqual([kavya.sid, arjun.sid]);
  await received(stream, before + 3);
  // Nothing comes behind an entry but its receipt, and none is told twice.
  expect(stream.types().filter((type) => type === "revocations")).toHaveLength(2);
  expect(stream.types().at(stream.types().lastIndexOf("revocations") + 1)).toBe("receipt");
});

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
      for (const name of names(stream.entries())) known.add(name);
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
  for (const name of names(last.entries())) known.add(name);
  expect(revoked.filter((sid) => !known.has(sid))).toEqual([]);
  const { entries } = await one.services.ledger.readRevocations(null);
  expect(names(entries).filter((name) => !known.has(name))).toEqual([]);
});

test("R126 what one server revokes, another one that follows the same file tells", async () => {
  await using both = await pair();
  await using stream = await follow(both.two, both.credential);
  await received(stream);
  const { sid, refresh } = await signIn(both.one, KAVYA);
  await call(both.one, "POST", "/logout", { token: refresh });
  await expect.poll(() => names(stream.entries())).toEqual([sid]);
  expect(names((await ask(both.two, both.credential)).entries)).toEqual([sid]);
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
  expect(names(anew.entries())).toEqual([sid]);
  expect(await ask(local, own, place)).toMatchObject({ complete: true, timeline: "restored" });
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
  expect(names(stream.entries())).toEqual([sid]);
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
  for (const stream of all) await expect.poll(() => names(stream.entries())).toEqual(ended);
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

test("HEAD tells what a stream would be, and opens none", async () => {
  const headers = { Accept: "text/event-stream" };
  const answer = await call(server, "HEAD", "/revocations", { token: credential, headers });
  expect([answer.status, answer.text]).toEqual([200, ""]);
  expect(answer.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
});

test("an entry is told for as long as a token that it concerns may live", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const { refresh } = await signIn(local, KAVYA);
  await call(local, "POST", "/logout", { token: refresh });
  expect((await ask(local, own)).entries).toHaveLength(1);
  local.clock.advance(HOUR);
  await local.services.follower.catchUp();
  expect((await ask(local, own)).entries).toEqual([]);
});
