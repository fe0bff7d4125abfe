import { parseSid, StoreError } from "@counterfoil/core";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { openStream } from "./support/event-stream.ts";
import type { EventStream } from "./support/event-stream.ts";
import { call, cookieName } from "./support/http.ts";
import type { Target } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { newSecret, startLocal } from "./support/local.ts";
import { ARJUN, cookieOf, KAVYA, signIn } from "./support/sign-in.ts";

const COOKIE = { transport: "cookie" } as const;

/** A page of the user's, as `EventSource` opens it. */
function openPage(target: Target, cookie: string, known?: string): Promise<EventStream> {
  return openStream(target, "/me/stream", null, {
    Cookie: `${cookieName(target)}=${cookie}`,
    ...(known !== undefined && { "Last-Event-ID": known }),
  });
}

async function connected(page: EventStream): Promise<void> {
  await expect.poll(() => page.text()).toMatch(/^id: \d+\n:\n\n/);
}
const told = (page: EventStream) => page.events().map(({ type, data }) => [type, data]);
const lastActive = async ({ services }: LocalServer, sid: string) =>
  (await services.ledger.readSession(parseSid(sid)!))!.session.lastActiveAt;

test("a page hears that its session has ended, and why, and then nothing more; another session's page hears nothing", async () => {
  await using server = await startLocal();
  const first = await signIn(server, { ...KAVYA, ...COOKIE });
  const second = await signIn(server, { ...KAVYA, ...COOKIE });
  await using page = await openPage(server, first.cookie);
  await using tab = await openPage(server, first.cookie);
  await using other = await openPage(server, second.cookie);
  expect(page.response.headers).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  await Promise.all([page, tab, other].map(connected));
  await call(server, "DELETE", `/sessions/${first.sid}`, { cookie: second.cookie });
  await Promise.all([page.ended, tab.ended]);
  for (const each of [page, tab]) {
    expect(told(each)).toEqual([["session-ended", { sid: first.sid, reason: "ended_by_user" }]]);
  }
  expect(other.events()).toEqual([]);
  // What EventSource does then.
  await using again = await openPage(server, first.cookie);
  expect(again.response.statusCode).toBe(401);
});

test("a page hears that its user's claims have changed, once, and one that was cut off meanwhile hears it when it is back", async () => {
  await using server = await startLocal();
  const { cookie, sub } = await signIn(server, { ...KAVYA, ...COOKIE });
  await using page = await openPage(server, cookie);
  await using other = await openPage(server, (await signIn(server, { ...ARJUN, ...COOKIE })).cookie);
  await Promise.all([connected(page), connected(other)]);
  await server.cf.users.setRoles(sub, ["guest"]);
  await expect.poll(() => told(page)).toEqual([["claims-changed", { claims_version: 2 }]]);
  expect(page.events()[0]!.id).toBe(2);
  expect(other.events()).toEqual([]);
  await using back = await openPage(server, cookie, "1");
  await expect.poll(() => told(back)).toEqual([["claims-changed", { claims_version: 2 }]]);
  for (const known of ["2", "3", "x"]) {
    await using still = await openPage(server, cookie, known);
    await connected(still);
    expect([known, still.text()]).toEqual([known, "id: 2\n:\n\n"]);
  }
});

test.each([
  ["its user is disabled", "disabled", ({ cf }: LocalServer, sub: string) => cf.users.disable(sub)],
  ["its user is deleted", "deleted", ({ cf }: LocalServer, sub: string) => cf.users.delete(sub)],
  [
    "all of its user's sessions end",
    "ended_by_operator",
    ({ cf }: LocalServer, sub: string) => cf.sessions.revokeAll(sub),
  ],
] as const)("R025 where %s, its page hears of its own session", async (_what, reason, decide) => {
  await using server = await startLocal();
  const { cookie, sid, sub } = await signIn(server, { ...ARJUN, ...COOKIE });
  await using page = await openPage(server, cookie);
  await connected(page);
  await decide(server, sub);
  await page.ended;
  expect(told(page)).toEqual([["session-ended", { sid, reason }]]);
});

test("R025 where everybody is signed out, of which the feed says nothing session by session, each page hears it", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  const users = await Promise.all([KAVYA, ARJUN, ARJUN].map((user) => signIn(server, { ...user, ...COOKIE })));
  await using pages = new AsyncDisposableStack();
  const all = await Promise.all(users.map(({ cookie }) => openPage(server, cookie)));
  for (const page of all) pages.use(page);
  await Promise.all(all.map(connected));
  const answer = await call(server, "POST", "/admin/sessions/end-all", {
    token: access,
    body: { confirm: "everybody" },
  });
  expect(answer.text).not.toContain("error");
  await Promise.all(all.map((page) => page.ended));
  expect(all.map(told)).toEqual(users.map(({ sid }) => [["session-ended", { sid, reason: "everybody" }]]));
});

test("R025 who proves again who they are keeps the session, and its pages hear of the claims alone", async () => {
  await using server = await startLocal();
  const { cookie } = await signIn(server, { ...KAVYA, ...COOKIE });
  await using page = await openPage(server, cookie);
  await connected(page);
  const answer = await call(server, "POST", "/reauthenticate", { cookie, body: { password: KAVYA.password } });
  expect(answer.status).toBe(200);
  await expect.poll(() => told(page)).toEqual([["claims-changed", { claims_version: 2 }]]);
  await using back = await openPage(server, cookieOf(answer), "1");
  await expect.poll(() => told(back)).toEqual([["claims-changed", { claims_version: 2 }]]);
  expect(told(page)).toHaveLength(1);
});

test("another origin's page may not read the stream, nor one that is not listed; a listed one may", async () => {
  const listed = "http://localhost:5173";
  await using server = await startLocal({ allowedOrigins: [listed] });
  const { cookie } = await signIn(server, { ...KAVYA, ...COOKIE });
  for (const [origin, allowed] of [
    ["https://evil.example", undefined],
    ["null", undefined],
    [listed, listed],
  ]) {
    const headers = { Origin: origin!, Cookie: `${cookieName(server)}=${cookie}` };
    await using page = await openStream(server, "/me/stream", null, headers);
    expect([origin, page.response.headers["access-control-allow-origin"]]).toEqual([origin, allowed]);
    expect(page.response.headers["access-control-allow-credentials"]).toBe(allowed && "true");
    expect(page.response.headers["vary"]).toBe("Origin");
  }
});

test("what is decided on one server is heard on a page of another", async () => {
  await using directory = await temporaryDirectory();
  const common = { data: directory.path, secret: newSecret(), issuer: "http://localhost:4000" };
  await using one = await startLocal(common);
  await using two = await startLocal({ ...common, users: [] });
  const { cookie, sid, sub } = await signIn(one, { ...KAVYA, ...COOKIE });
  await using page = await openPage(two, cookie);
  await connected(page);
  await one.cf.users.setRoles(sub, ["guest"]);
  await expect.poll(() => told(page)).toEqual([["claims-changed", { claims_version: 2 }]]);
  await call(one, "POST", "/logout", { cookie });
  await page.ended;
  expect(told(page).at(-1)).toEqual(["session-ended", { sid, reason: "logout" }]);
});

test("R092 a page that is open changes nothing, and is no activity of its user's", async () => {
  await using server = await startLocal();
  const { cookie, sid } = await signIn(server, { ...KAVYA, ...COOKIE });
  const before = await lastActive(server, sid);
  server.clock.advance(3_600_000);
  await using page = await openPage(server, cookie);
  await connected(page);
  await server.cf.users.setRoles((await signIn(server, KAVYA)).sub, ["guest"]);
  await expect.poll(() => page.events()).toHaveLength(1);
  expect(await lastActive(server, sid)).toBe(before);
});

test("no page is opened without a session cookie, by an access token, a session that is over, or with a parameter", async () => {
  await using server = await startLocal();
  const { cookie, access } = await signIn(server, { ...KAVYA, ...COOKIE });
  const over = await signIn(server, { ...ARJUN, ...COOKIE });
  await call(server, "POST", "/logout", { cookie: over.cookie });
  for (const [carried, status, code] of [
    [{}, 401, "not_authenticated"],
    [{ token: access }, 401, "not_authenticated"],
    [{ token: access, cookie }, 401, "not_authenticated"],
    [{ cookie: over.cookie }, 401, "invalid_session"],
    [{ cookie: "cfs_none" }, 401, "invalid_session"],
  ] as const) {
    const answer = await call(server, "GET", "/me/stream", carried);
    expect([answer.status, answer.body["code"]]).toEqual([status, code]);
  }
  expect((await call(server, "GET", "/me/stream?x=1", { cookie })).status).toBe(400);
  const head = await call(server, "HEAD", "/me/stream", { cookie });
  expect([head.status, head.headers["content-type"]]).toEqual([200, "text/event-stream; charset=utf-8"]);
});

test("a session that ends while its page is opened is heard of all the same, and a ledger out of reach is 503", async () => {
  await using server = await startLocal();
  const { cookie, sid } = await signIn(server, { ...KAVYA, ...COOKIE });
  // The cookie is in memory from here on.
  await call(server, "GET", "/me", { cookie });
  const { ledger } = server.services;
  const readSession = ledger.readSession.bind(ledger);
  ledger.readSession = () => Promise.reject(new StoreError("out of reach"));
  expect((await call(server, "GET", "/me/stream", { cookie })).status).toBe(503);
  ledger.readSession = async (asked) => {
    const record = await readSession(asked);
    ledger.readSession = readSession;
    await server.cf.sessions.revoke(sid);
    return record;
  };
  await using page = await openPage(server, cookie);
  await page.ended;
  expect(told(page)).toEqual([["session-ended", { sid, reason: "ended_by_operator" }]]);
});

test("more pages of one session than are sensible are refused, and one that is closed makes room", async () => {
  await using server = await startLocal();
  const { cookie } = await signIn(server, { ...KAVYA, ...COOKIE });
  const pages = await Promise.all(Array.from({ length: 16 }, () => openPage(server, cookie)));
  const refused = await call(server, "GET", "/me/stream", { cookie });
  expect([refused.status, refused.body["code"], refused.headers["retry-after"]]).toEqual([503, "overloaded", "1"]);
  await using other = await openPage(server, (await signIn(server, { ...KAVYA, ...COOKIE })).cookie);
  expect(other.response.statusCode).toBe(200);
  await Promise.all(pages.map((page) => page[Symbol.asyncDispose]()));
  await expect
    .poll(async () => {
      await using page = await openPage(server, cookie);
      return page.response.statusCode;
    })
    .toBe(200);
});

test("a server that stops ends its pages, without a word of their sessions, and does not wait for them", async () => {
  const server = await startLocal();
  const { cookie } = await signIn(server, { ...KAVYA, ...COOKIE });
  await using page = await openPage(server, cookie);
  await connected(page);
  await server[Symbol.asyncDispose]();
  await page.ended;
  expect(page.events()).toEqual([]);
});
