import { once } from "node:events";
import { connect } from "node:net";
import { ERRORS } from "@counterfoil/protocol";
import { fastify } from "fastify";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { FRAMEWORKS } from "../test/frameworks.ts";
import type { Framework } from "../test/frameworks.ts";
import { setUp } from "../test/kernel.ts";
import { mint } from "../test/mint.ts";
import * as forExpress from "./express.ts";
import * as forFastify from "./fastify.ts";
import * as forHono from "./hono.ts";
import type { RequestAuth, RequestVerifier } from "./index.ts";
import { authenticate as authenticateNext, withAuth } from "./next.ts";
import { createCookieRequests } from "./cookie/cookie-requests.ts";
import { refuseRequest } from "./request/refusal.ts";
import { createRequestVerifier } from "./request/verify-request.ts";

const { kernel, key } = setUp();
const user = mint(key, { sub: "usr_user", roles: ["user"] });
const owner = mint(key, { sub: "usr_owner", roles: ["user", "owner"] });
const COOKIE = "session_id=cfs_a";
const OWN = "http://localhost:4000";

const auth: RequestAuth = {
  sub: "usr_cookie",
  sid: "ses_cookie",
  roles: ["user"],
  authTime: 0,
  amr: ["pwd"],
  claimsVersion: 1,
  expiresAt: 9e12,
  via: "cookie",
  claims: null,
};

const verifier = createRequestVerifier({
  verify: (token) => kernel.verify(token),
  cookies: createCookieRequests({ issuer: OWN, sessionCookie: "host" }, async () => ({ ok: true, auth })),
});

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** An application in that framework for the tests around; asks it. */
function application(name: string) {
  let framework: Framework;
  beforeAll(async () => {
    framework = await FRAMEWORKS[name]!(verifier);
  });
  afterAll(() => framework[Symbol.asyncDispose]());
  const get = async (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") => {
    const answer = await fetch(`${framework.url}${path}`, { headers, method });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
  };
  return { get, url: () => framework.url };
}

describe.each(Object.keys(FRAMEWORKS))("%s", (name) => {
  const { get, url } = application(name);

  test("a good token gets in, and the route knows whose it is", async () => {
    expect(await get("/orders", bearer(user))).toMatchObject({
      status: 200,
      body: { sub: "usr_user", via: "access_token" },
    });
  });

  test("a session cookie gets in, after it was waited for", async () => {
    expect(await get("/orders", { Cookie: COOKIE })).toMatchObject({
      status: 200,
      body: { sub: "usr_cookie", via: "cookie" },
    });
  });

  test("no credential is a challenge without an error", async () => {
    const answer = await get("/orders");
    expect(answer).toMatchObject({
      status: 401,
      body: { error: ERRORS.not_authenticated.sentence, code: "not_authenticated" },
    });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  });

  test("a bad token is refused with the challenge", async () => {
    const answer = await get("/orders", bearer(`${user}x`));
    expect(answer).toMatchObject({ status: 401, body: { code: "invalid_token" } });
    expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
  });

  test("R018 two Authorization headers are refused, although Node shows the first", async () => {
    const { port, hostname } = new URL(url());
    const socket = connect(Number(port), hostname);
    const line = `Authorization: Bearer ${user}\r\n`;
    socket.end(`GET /orders HTTP/1.1\r\nHost: ${hostname}\r\n${line}${line}Connection: close\r\n\r\n`);
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    await once(socket, "close");
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain("ambiguous_credentials");
  });

  test("a token in the address is refused", async () => {
    expect(await get(`/orders?access_token=${user}`)).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });

  test("R051 a role that is missing is 403", async () => {
    const answer = await get("/admin", bearer(user));
    expect(answer).toMatchObject({
      status: 403,
      body: { error: "This takes one of the roles `admin`, `owner`.", code: "insufficient_role" },
    });
    expect(answer.headers.get("www-authenticate")).toBe('Bearer error="insufficient_scope"');
    expect(await get("/admin", bearer(owner))).toMatchObject({ status: 200, body: { sub: "usr_owner" } });
  });

  test("R051 a role that a cookie's session is missing is 403 without a bearer's challenge", async () => {
    const answer = await get("/admin", { Cookie: COOKIE });
    expect(answer).toMatchObject({ status: 403, body: { code: "insufficient_role" } });
    expect(answer.headers.has("www-authenticate")).toBe(false);
  });
});

describe.each(["express", "fastify", "hono"])("%s, which has middleware", (name) => {
  const { get } = application(name);

  test("where it is optional, none gets in and a bad one not", async () => {
    expect(await get("/maybe")).toMatchObject({ status: 200, body: null });
    expect(await get("/maybe", bearer(user))).toMatchObject({ status: 200, body: { sub: "usr_user" } });
    expect(await get("/maybe", bearer("a.b.c"))).toMatchObject({ status: 401, body: { code: "invalid_token" } });
  });

  test("below a prefix the whole address is looked at", async () => {
    expect(await get("/api/orders", bearer(user))).toMatchObject({ status: 200, body: { sub: "usr_user" } });
    expect(await get("/api/orders")).toMatchObject({ status: 401 });
    expect(await get(`/api/orders?token=${user}`, bearer(user))).toMatchObject({ status: 400 });
  });
});

test("Fastify's own inject() shows its headers to the hook", async () => {
  const app = fastify();
  app.get("/", { onRequest: forFastify.requireAuth(verifier) }, async (request) => request.auth);
  const headers = { authorization: `Bearer ${user}` };
  expect((await app.inject({ url: "/", headers })).json()).toMatchObject({ sub: "usr_user" });
  expect((await app.inject({ url: "/" })).statusCode).toBe(401);
  await app.close();
});

describe("a fault of the check", () => {
  const broken: RequestVerifier = {
    verifyRequest: async () => {
      throw new Error("out of order");
    },
  };
  test.each(["express", "fastify", "hono"])("is the framework's to answer, as any fault: %s", async (name) => {
    await using framework = await FRAMEWORKS[name]!(broken);
    expect((await fetch(`${framework.url}/orders`)).status).toBe(500);
  });
});

test("a trouble of the server's is 503 with Retry-After, never a refusal of the user", async () => {
  const unavailable = refuseRequest("unavailable", undefined, { "Retry-After": "1" });
  for (const start of Object.values(FRAMEWORKS)) {
    await using framework = await start({ verifyRequest: () => unavailable });
    const answer = await fetch(`${framework.url}/orders`);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await answer.json()).toEqual(unavailable.body);
  }
});

test("Hono: the request that a middleware put in place of Node's is the one that is checked", async () => {
  const { Hono } = await import("hono");
  const app = new Hono()
    .use(async (c, next) => {
      c.req.raw = new Request(c.req.raw, { headers: { Authorization: `Bearer ${owner}` } });
      await next();
    })
    .get("/", forHono.requireAuth(verifier), (c) => c.json({ sub: c.var.auth.sub }));
  const rawHeaders = ["Authorization", `Bearer ${user}`];
  const answer = await app.request(
    "/",
    { headers: [["Authorization", `Bearer ${user}`]] },
    { incoming: { rawHeaders } },
  );
  expect(await answer.json()).toEqual({ sub: "usr_owner" });
});

test("R051 a route behind a role lets nobody in whom nobody has asked who they are", async () => {
  const { app, get } = await import("hono").then(({ Hono }) => {
    const hono = new Hono().get("/", forHono.requireRole("admin"), (c) => c.text("in"));
    return { app: hono, get: () => hono.request("/") };
  });
  expect(app).toBeDefined();
  expect((await get()).status).toBe(401);
});

test("a role cannot be left out by mistake", () => {
  for (const { requireRole } of [forExpress, forFastify, forHono]) {
    expect(() => requireRole()).toThrow(TypeError);
    expect(() => requireRole("")).toThrow(TypeError);
  }
  expect(() => withAuth(verifier, () => Response.json({}), { role: [] })).toThrow(TypeError);
});

test("next: what gives the verifier is not asked before the first request", async () => {
  const give = vi.fn<() => RequestVerifier>(() => verifier);
  const handler = withAuth(give, (_, { auth: { sub } }) => Response.json({ sub }));
  expect(give).not.toHaveBeenCalled();
  const request = new Request("https://app.example.com/", { headers: { Authorization: `Bearer ${user}` } });
  const answer = await handler(request, { params: Promise.resolve({}) });
  expect(await answer.json()).toEqual({ sub: "usr_user" });
});

describe("next: authenticate", () => {
  test("a page reads, so a cookie is enough", async () => {
    expect(await authenticateNext(verifier, new Headers({ Cookie: COOKIE }))).toMatchObject({ ok: true, auth });
  });

  test("R090 a server action changes something, and its cookie must come from a page of this site", async () => {
    const headers = new Headers({ Cookie: COOKIE });
    expect(await authenticateNext(verifier, headers, "POST")).toMatchObject({ code: "csrf_refused" });
    headers.set("Origin", OWN);
    expect(await authenticateNext(verifier, headers, "POST")).toMatchObject({ ok: true });
  });
});
