import { once } from "node:events";
import { request as send } from "node:http";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import type { Carried } from "./support/http.ts";
import { call } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import { freePort } from "./support/port.ts";
import type { Server } from "./support/server.ts";
import { startDemo, startServer } from "./support/server.ts";
import { ARJUN, claimsOf, KAVYA, signIn } from "./support/sign-in.ts";

// What the Lab's page asks of the demonstration, without the page.
let directory: Directory;
let demo: Server;
let apiPort: number;

beforeAll(async () => {
  directory = await temporaryDirectory();
  apiPort = await freePort();
  demo = await startDemo(directory.path, { apiPort });
});

afterAll(async () => {
  await demo[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const PATIENCE = { timeout: 30_000, interval: 20 };
const OWN_PAGE = { "Sec-Fetch-Site": "same-origin" };

interface Exchange {
  readonly request: { readonly url: string; readonly headers: [string, string][]; readonly body: string };
  readonly answer: { readonly status: number; readonly headers: [string, string][]; readonly body: string } | null;
  readonly duration_ms: number;
}

async function lab(method: string, path: string, body?: object, headers: Carried["headers"] = OWN_PAGE) {
  const response = await fetch(`${demo.issuer}/lab/${path}`, {
    method,
    headers: { ...(headers as Record<string, string>), ...(body && { "Content-Type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const exchange = async (wish: object) => (await lab("POST", "exchanges", wish)).body as unknown as Exchange;
const login = { method: "POST", path: "/login", headers: [["content-TYPE", "application/json"]] };
const JSON_KAVYA = JSON.stringify(KAVYA);

const ROUTES = [
  ["POST", "/lab/exchanges"],
  ["POST", "/lab/storms"],
  ["POST", "/lab/actions/restart"],
  ["GET", "/lab/traces/abcdefgh"],
  ["GET", "/lab/status"],
  ["POST", "/lab/specimens"],
  ["GET", "/lab/refusals/req_abcdefgh"],
  ["POST", "/lab/measures/stored"],
  ["POST", "/lab/measures/look-ups"],
  ["POST", "/lab/measures/stateless"],
  ["POST", "/lab/measures/checks"],
] as const;

test("outside of the demonstration there is no Lab: a server and a mounted handler answer 404 at each of its paths", async () => {
  await using data = await temporaryDirectory();
  await using server = await startServer({ data: data.path });
  await using mounted = await startLocal({ path: "/auth" });
  const found: unknown[] = [];
  for (const [method, path] of ROUTES) {
    const alone = await call(server, method, path, { headers: OWN_PAGE });
    const below = await call(mounted, method, `/auth${path}`, { headers: OWN_PAGE });
    found.push([alone.status, alone.body["code"], below.status, below.body["code"]]);
  }
  expect(found).toEqual(ROUTES.map(() => [404, "not_found", 404, "not_found"]));
});

test("the demonstration's pages may frame its page of another site, which only they may; other servers' pages frame nothing", async () => {
  await using data = await temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const policyOf = async (url: string) => (await fetch(url)).headers.get("content-security-policy") ?? "";
  const thief = `http://127.0.0.1:${apiPort}`;
  expect(await policyOf(`${demo.issuer}/sign-in`)).toContain(`frame-src ${thief};`);
  expect(await policyOf(`${server.issuer}/sign-in`)).toMatch(/^default-src 'none';(?!.*frame-src)/);
  expect(await policyOf(`${thief}/other-site`)).toContain(`frame-ancestors ${demo.issuer};`);
});

test("the Lab's routes answer the Lab's own page, and no other", async () => {
  const asked = await Promise.all(
    [{}, { "Sec-Fetch-Site": "cross-site" }, { "Sec-Fetch-Site": "same-site" }, { Origin: "https://evil.example" }].map(
      (headers) => Promise.all(ROUTES.map(([method, path]) => lab(method, path.slice(5), undefined, headers))),
    ),
  );
  expect(new Set(asked.flat().map(({ status, body }) => `${status} ${String(body["code"])}`))).toEqual(
    new Set(["403 csrf_refused"]),
  );
  // A name of somebody else's that leads to this machine: to the browser that is the same origin.
  const wish = { method: "GET", path: "/lab/status", headers: { ...OWN_PAGE, Host: `evil.example:${demo.port}` } };
  const [rebound] = (await once(send({ port: demo.port, host: "127.0.0.1", ...wish }).end(), "response")) as [
    IncomingMessage,
  ];
  rebound.destroy();
  expect(rebound.statusCode).toBe(403);
});

test("an exchange is a real request: its headers go as they are, and the answer comes whole", async () => {
  const { request, answer, duration_ms } = await exchange({ target: "server", ...login, body: JSON_KAVYA });
  expect(request).toMatchObject({ url: `${demo.issuer}/login`, body: JSON_KAVYA });
  expect(request.headers).toEqual([
    ["Host", `localhost:${demo.port}`],
    ["content-TYPE", "application/json"],
    ["Content-Length", String(JSON_KAVYA.length)],
    ["Connection", "close"],
  ]);
  expect(answer?.status).toBe(200);
  expect(answer?.headers.map(([name]) => name)).toContain("Cache-Control");
  expect(duration_ms).toBeGreaterThan(0);
  const token = String((JSON.parse(answer!.body) as Record<string, unknown>)["access_token"]);
  const orders = await exchange({
    target: "api",
    method: "GET",
    path: "/orders",
    headers: [["Authorization", `Bearer ${token}`]],
  });
  expect([orders.request.url, orders.answer?.status]).toEqual([`http://localhost:${apiPort}/orders`, 200]);
});

test("a lost answer is lost, and what was asked for happened", async () => {
  const { refresh } = await signIn(demo, KAVYA);
  const wish = {
    target: "server",
    method: "POST",
    path: "/refresh",
    headers: [["Authorization", `Bearer ${refresh}`]],
  };
  const lost = await exchange({ ...wish, lose_answer: true });
  expect(lost.answer).toBe(null);
  const again = await exchange(wish);
  const { refresh_token: next } = JSON.parse(again.answer!.body) as Record<string, unknown>;
  expect([again.answer!.status, next === refresh]).toEqual([200, false]);
});

test("an exchange goes to the server or the API and nowhere else, nor to the Lab itself", async () => {
  const wish = { target: "server", method: "GET", path: "/me" };
  const refused = await Promise.all(
    [
      { ...wish, target: "https://example.com" },
      { ...wish, path: "https://example.com/" },
      { ...wish, path: "/a b" },
      { ...wish, path: "/lab/status" },
      { ...wish, path: "//lab/status" },
      { ...wish, method: "CONNECT" },
      { ...wish, headers: [["A", "b\r\nC: d"]] },
      { ...wish, headers: [["A b", "c"]] },
    ].map((each) => lab("POST", "exchanges", each)),
  );
  expect(refused.map(({ status, body }) => [status, body["code"]])).toEqual(
    refused.map(() => [400, "invalid_request"]),
  );
});

test("however the path of a Lab's route is written, nobody but its page gets to it, and nothing that the Lab sends does", async () => {
  // What another program is answered, and what a request of the Lab's: 400 is never sent, 404 finds no route.
  const expected = [
    ["/lab/%2e%2e/lab/status", 403, 400],
    ["/%2e%2e/lab/status", 403, 400],
    ["/x/%2E./lab/status", 403, 400],
    ["/%6cab/status", 403, 400],
    ["/lab/%2e/status", 403, 400],
    ["/lab/traces/%2e%2e%2fstatus", 403, 400],
    ["/lab%2fstatus", 404, 400],
    ["/%6c%61%62%2F%73tatus", 404, 400],
    ["/%2flab/status", 404, 400],
    ["/lab/status%2f", 404, 400],
    ["//lab/status", 404, 400],
    ["/x%2f..%2flab/status", 404, 404],
    ["/%5clab/status", 404, 404],
    ["/lab\\status", 400, 400],
  ] as const;
  const found: unknown[] = [];
  for (const [path] of expected) {
    // As it is written: `fetch` would resolve the dots.
    const wish = { host: "127.0.0.1", port: demo.port, path, headers: { Host: new URL(demo.issuer).host } };
    const [alone] = (await once(send(wish).end(), "response")) as [IncomingMessage];
    alone.resume();
    const sent = await lab("POST", "exchanges", { target: "server", method: "GET", path });
    found.push([path, alone.statusCode, (sent.body as unknown as Exchange).answer?.status ?? sent.status]);
  }
  expect(found).toEqual(expected);
});

test("a request that asks for it is kept as it arrived, with its cookies, and found by its name", async () => {
  const id = "trace-of_the-login";
  const headers = { ...OWN_PAGE, "Content-Type": "application/json", "Lab-Trace": id, Cookie: "theme=dark" };
  const body = JSON.stringify({ ...KAVYA, transport: "cookie" });
  await fetch(`${demo.issuer}/login`, { method: "POST", headers, body });
  const kept = (await lab("GET", `traces/${id}`)).body as unknown as Exchange;
  expect(kept.request).toMatchObject({ url: `${demo.issuer}/login`, body });
  expect(kept.request.headers).toContainEqual(["cookie", "theme=dark"]);
  expect(kept.answer?.status).toBe(200);
  expect(kept.answer?.headers).toContainEqual(["set-cookie", expect.stringMatching(/^session_id=cfs_.*HttpOnly/)]);
  await fetch(`http://localhost:${apiPort}/orders`, { headers: { "Lab-Trace": `${id}-api` } });
  const atApi = (await lab("GET", `traces/${id}-api`)).body as unknown as Exchange;
  expect(atApi.answer).toMatchObject({ status: 401, body: expect.stringContaining("not_authenticated") });
  expect((await lab("GET", "traces/no-such-trace")).status).toBe(404);
});

test("of requests that are kept the last 200 are", async () => {
  const ask = (id: string) => fetch(`${demo.issuer}/healthz`, { headers: { "Lab-Trace": id } });
  await ask("the-first-one");
  for (let at = 0; at < 200; at++) await ask(`one-of-many-${at}`);
  expect((await lab("GET", "traces/the-first-one")).status).toBe(404);
  expect((await lab("GET", "traces/one-of-many-0")).status).toBe(200);
});

test("the API lets pages of the server's origin read its answers, and no others", async () => {
  const ask = async (origin: string, method = "GET") => {
    const response = await fetch(`http://localhost:${apiPort}/orders`, { method, headers: { Origin: origin } });
    const { headers } = response;
    return [headers.get("access-control-allow-origin"), headers.get("access-control-expose-headers")];
  };
  expect(await ask(demo.issuer)).toEqual([demo.issuer, expect.stringContaining("WWW-Authenticate")]);
  expect(await ask(demo.issuer, "OPTIONS")).toEqual([demo.issuer, expect.anything()]);
  expect(await ask("https://evil.example")).toEqual([null, null]);
  expect(await ask(`http://localhost:${apiPort}`, "OPTIONS")).toEqual([null, null]);
});

test("the server is started again on its ledger and port: sessions go on, and what was revoked stays so", async () => {
  const kept = await signIn(demo, KAVYA);
  const ended = await signIn(demo, KAVYA);
  await call(demo, "POST", "/logout", { token: ended.access });
  expect((await lab("POST", "actions/restart", {})).status).toBe(202);
  const status = async () => (await lab("GET", "status").catch(() => null))?.body["last_restart"];
  await expect.poll(status, PATIENCE).toEqual({ number: 1, away_ms: expect.any(Number) });
  expect((await call(demo, "GET", "/me", { token: kept.access })).status).toBe(200);
  expect((await call(demo, "GET", "/me", { token: ended.access })).status).toBe(401);
  const api = async () => (await lab("GET", "status")).body["api"];
  await expect.poll(api, PATIENCE).toMatchObject({ state: "fresh", cut: false });
});

test("the sample users' roles are put back when the demonstration starts, and not when the Lab starts its server again", async () => {
  await using own = await temporaryDirectory();
  const rolesAfter = async (running: Server) => claimsOf((await signIn(running, ARJUN)).access).roles;
  {
    await using first = await startDemo(own.path);
    const { access } = await signIn(first, KAVYA);
    const { sub } = await signIn(first, ARJUN);
    const body = { roles: ["user", "admin"] };
    expect((await call(first, "POST", `/admin/users/${sub}/roles`, { token: access, body })).status).toBe(200);
    const again = { method: "POST", headers: { ...OWN_PAGE, "Content-Type": "application/json" }, body: "{}" };
    expect((await fetch(`${first.issuer}/lab/actions/restart`, again)).status).toBe(202);
    await expect.poll(() => first.output(), PATIENCE).toContain("The server is back, on the same ledger.");
    expect(await rolesAfter(first)).toEqual(["admin", "user"]);
  }
  await using second = await startDemo(own.path);
  expect(await rolesAfter(second)).toEqual(["user"]);
});

test("cut and heal are told by the status; so is the last revocation, with the time that it took", async () => {
  expect((await lab("POST", "actions/cut", {})).body).toMatchObject({ api: { cut: true }, bound_ms: 1000 });
  await expect.poll(async () => (await lab("GET", "status")).body["api"], PATIENCE).toMatchObject({ state: "stale" });
  expect((await lab("POST", "actions/heal", {})).body).toMatchObject({ api: { cut: false } });
  await expect.poll(async () => (await lab("GET", "status")).body["api"], PATIENCE).toMatchObject({ state: "fresh" });
  const { access, sid } = await signIn(demo, KAVYA);
  await call(demo, "POST", "/logout", { token: access });
  await expect
    .poll(async () => (await lab("GET", "status")).body["last_revocation"], PATIENCE)
    .toMatchObject({ type: "session-revoked", of: sid, latency_ms: expect.any(Number) });
  expect((await lab("POST", "actions/explode", {})).status).toBe(404);
});

test("a specimen is signed by the server's own key, is nobody's, and is refused for its flaw and for nothing else", async () => {
  const refusals = [];
  for (const flaw of ["expired", "without_exp", "long_life", "wrong_audience"]) {
    const { token } = (await lab("POST", "specimens", { flaw })).body as { token: string };
    expect([flaw, claimsOf(token).sub, claimsOf(token).sid]).toEqual([flaw, "specimen", "specimen"]);
    const headers = [["Authorization", `Bearer ${token}`]];
    const answers = await Promise.all([
      exchange({ target: "server", method: "GET", path: "/dashboard", headers }),
      exchange({ target: "api", method: "GET", path: "/orders", headers }),
    ]);
    const [, id = ""] = answers[0].answer!.headers.find(([name]) => name === "Request-Id") ?? [];
    const { body } = await lab("GET", `refusals/${id}`);
    refusals.push([flaw, ...answers.map(({ answer }) => answer!.status), body["reason"], body["detail"]]);
  }
  expect(refusals).toEqual([
    ["expired", 401, 401, "access_token_refused", "expired"],
    ["without_exp", 401, 401, "access_token_refused", "bad_claims"],
    ["long_life", 401, 401, "access_token_refused", "lifetime_too_long"],
    ["wrong_audience", 401, 401, "access_token_refused", "wrong_audience"],
  ]);
  expect((await lab("POST", "specimens", { flaw: "none" })).status).toBe(400);
  expect((await lab("GET", "refusals/req_never-was")).status).toBe(404);
});
