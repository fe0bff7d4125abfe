import { setTimeout as sleep } from "node:timers/promises";
import type { Sid, Subject } from "@counterfoil/core";
import { expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { openStream } from "./support/event-stream.ts";
import type { EventStream } from "./support/event-stream.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";

const events = ({ body }: Answer) => body["events"] as readonly Readonly<Record<string, unknown>>[];
const types = (stream: EventStream) => stream.events().map(({ type }) => type);

/** `count` events of a kind that is told of nobody. */
function flood({ services }: LocalServer, count: number): Promise<void> {
  const body = { type: "events_dropped", count: 1 } as const;
  const event = { body, subject: null, sid: null, context: null, agoMs: 0 };
  return services.ledger.appendEvents(Array.from({ length: count }, () => event));
}

test("an administrator reads the event log from the newest down, and by whatever an event has", async () => {
  await using server = await startLocal();
  const { access, sub } = await signIn(server, KAVYA);
  const arjun = await signIn(server, ARJUN);
  const ended = await call(server, "DELETE", `/admin/sessions/${arjun.sid}`, { token: access });
  const read = (query: string) => call(server, "GET", `/admin/events?${query}`, { token: access });
  const [newest, before] = events(await read("limit=2"));
  expect(newest).toEqual({
    id: Number(before!["id"]) + 1,
    at: Math.floor(server.clock.now() / 1000),
    type: "session_ended",
    what: "The session ended: the application or an operator ended it.",
    details: { reason: "ended_by_operator" },
    sub: arjun.sub,
    sid: arjun.sid,
    request_id: ended.headers["request-id"],
    remote_address: "127.0.0.1",
    user_agent: null,
    actor: sub,
  });
  const page = await read("limit=2");
  const next = events(await read(`limit=2&before=${String(page.body["next_before"])}`));
  expect(next[0]!["id"]).toBe(Number(before!["id"]) - 1);
  for (const query of [
    `actor=${sub}`,
    `sid=${arjun.sid}&type=session_ended`,
    `request_id=${String(ended.headers["request-id"])}`,
    `subject=${arjun.sub}&type=session_ended,refused`,
    `after=${String(before!["id"])}`,
  ]) {
    const found = await read(query);
    expect([query, events(found)]).toEqual([query, [newest]]);
  }
  expect((await read("sid=nothing&limit=1")).body).toEqual({ events: [], next_before: null });
  const { body } = await call(server, "GET", `/admin/events/explain/${arjun.sid}`, { token: access });
  expect(body).toMatchObject({ id: arjun.sid, left_out: 0, timeline: [{ type: "session_opened" }, { actor: sub }] });
  const now = Math.floor(server.clock.now() / 1000);
  expect(body).toMatchObject({
    session: { sid: arjun.sid, opened: now, ended: now },
    timeline: [{ at: now }, { at: now }],
  });
  const unknown = await call(server, "GET", "/admin/events/explain/req_none", { token: access });
  expect([unknown.status, unknown.body["code"]]).toEqual([404, "not_found"]);
  for (const secret of server.journal.tokens) expect((await read("limit=200")).text).not.toContain(secret);
});

test("what is rare among many events is found in several short answers", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  await flood(server, 25_000);
  let query = "type=user_created";
  const found = [];
  let answers = 0;
  for (let more = true; more; answers++) {
    const answer = await call(server, "GET", `/admin/events?${query}`, { token: access });
    found.push(...events(answer));
    more = answer.body["next_before"] !== null;
    query = `type=user_created&before=${String(answer.body["next_before"])}`;
  }
  expect([found.length, answers]).toEqual([2, 3]);
});

test("events come as they happen, and a reader that was cut off goes on where it was, missing none", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  let last: number;
  {
    await using stream = await openStream(server, "/admin/events", access);
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    await signIn(server, ARJUN);
    await expect.poll(() => types(stream)).toEqual(["session_opened"]);
    last = stream.events()[0]!.id;
    expect(stream.events()[0]!.data).toMatchObject({ id: last, type: "session_opened" });
  }
  await signIn(server, ARJUN);
  await signIn(server, ARJUN);
  await using resumed = await openStream(server, "/admin/events", access, { "Last-Event-ID": String(last) });
  await expect.poll(() => types(resumed)).toEqual(["session_opened", "session_opened"]);
  expect(resumed.events().map(({ id }) => id)).toEqual([last + 1, last + 2]);
  // From the beginning, of one type alone: past ten thousand that are not of it.
  await flood(server, 12_000);
  await using filtered = await openStream(server, "/admin/events?type=session_opened&after=0", access);
  await expect.poll(() => filtered.events().length).toBe(4);
  await signIn(server, ARJUN);
  await expect.poll(() => filtered.events().length, { timeout: 5000 }).toBe(5);
});

test("a reader that knows a ledger of before a restore, which had come further, is told of what happens next", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  const streams = [
    await openStream(server, "/admin/events", access, { "Last-Event-ID": "999999" }),
    await openStream(server, "/admin/events?after=999999", access),
  ];
  // Connected, and its place found.
  for (const stream of streams) await expect.poll(() => stream.text()).toBe(":\n\n");
  await signIn(server, ARJUN);
  for (const stream of streams) await expect.poll(() => types(stream)).toEqual(["session_opened"]);
  for (const stream of streams) await stream[Symbol.asyncDispose]();
});

test("a stream that is asked for wrongly is refused: a place that is none, a page's parameters, a user", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  const headers = { Accept: "text/event-stream" };
  const token = access;
  for (const [path, place] of [
    ["/admin/events", "x"],
    ["/admin/events", "-1"],
    ["/admin/events?before=3", undefined],
    ["/admin/events?limit=3", undefined],
  ] as const) {
    const refused = await call(server, "GET", path, { token, headers: { ...headers, "Last-Event-ID": place } });
    expect([refused.status, refused.body["code"]]).toEqual([400, "invalid_request"]);
  }
  const user = await signIn(server, ARJUN);
  expect((await call(server, "GET", "/admin/events", { token: user.access, headers })).status).toBe(403);
});

const ENDINGS: Readonly<
  Record<string, (server: LocalServer, admin: { sid: string; sub: string }) => Promise<unknown>>
> = {
  "the administrator's session ends": ({ services }, { sid }) =>
    services.ledger.revokeSession({ sid: sid as Sid, subject: null, reason: "logout", context: null }),
  "the administrator is demoted": ({ services }, { sub }) =>
    services.ledger.setRoles({ subject: sub as Subject, roles: ["user"], context: null }),
  "the administrator is disabled": ({ services }, { sub }) =>
    services.ledger.setDisabled({ subject: sub as Subject, disabled: true, context: null }),
  "the server stops": async ({ cf }) => cf[Symbol.asyncDispose](),
};

test.each(Object.keys(ENDINGS))(
  "R025 a stream ends within a second when %s, and tells nothing of after it",
  async (why) => {
    await using server = await startLocal();
    const admin = await signIn(server, KAVYA);
    await using stream = await openStream(server, "/admin/events", admin.access);
    await signIn(server, ARJUN);
    await expect.poll(() => types(stream)).toContain("session_opened");
    const startedAt = performance.now();
    await ENDINGS[why]!(server, admin);
    await stream.ended;
    expect(performance.now() - startedAt).toBeLessThan(1000);
  },
);

test("a server that stops does not wait for the streams that are open", async () => {
  const server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  await using stream = await openStream(server, "/admin/events", access);
  await expect.poll(() => stream.text()).toBe(":\n\n");
  const startedAt = performance.now();
  await server[Symbol.asyncDispose]();
  await stream.ended;
  expect(performance.now() - startedAt).toBeLessThan(1500);
});

test("a reader that takes nothing costs no memory, gets all in the end, and holds nobody else up", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  await flood(server, 20_000);
  await using stream = await openStream(server, "/admin/events?after=0", access);
  stream.response.pause();
  await sleep(500);
  const pages = server.services.ledger.pageEvents.bind(server.services.ledger);
  let asked = 0;
  server.services.ledger.pageEvents = (query) => {
    asked++;
    return pages(query);
  };
  await sleep(600);
  // Its socket is full, so nothing more is read for it.
  expect(asked).toBe(0);
  const startedAt = performance.now();
  expect((await call(server, "GET", "/admin/events?limit=1", { token: access })).status).toBe(200);
  expect(performance.now() - startedAt).toBeLessThan(500);
  stream.response.resume();
  await expect.poll(() => stream.events().length, { timeout: 20_000, interval: 200 }).toBeGreaterThanOrEqual(20_000);
  const ids = stream.events().map(({ id }) => id);
  expect(ids).toEqual(ids.map((_, index) => index + 1));
});

test("more streams than a process has room for are refused, and those that are closed make room", async () => {
  await using server = await startLocal();
  const { access: token } = await signIn(server, KAVYA);
  const streams = await Promise.all(Array.from({ length: 32 }, () => openStream(server, "/admin/events", token)));
  const headers = { Accept: "text/event-stream" };
  const refused = await call(server, "GET", "/admin/events", { token, headers });
  expect([refused.status, refused.body["code"]]).toEqual([503, "overloaded"]);
  await Promise.all(streams.map((stream) => stream[Symbol.asyncDispose]()));
  await expect
    .poll(async () => {
      await using stream = await openStream(server, "/admin/events", token);
      return stream.response.statusCode;
    })
    .toBe(200);
});
