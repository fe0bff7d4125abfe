import { PATHS } from "@counterfoil/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ALL_ROUTES, NO_SID } from "./support/routes.ts";
import { KAVYA, member, signIn } from "./support/sign-in.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal();
});

afterAll(() => server[Symbol.asyncDispose]());

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "SEARCH"];

test("R145 each route answers its own methods, and 405 with Allow to all others, TRACE among them", async () => {
  const expected: unknown[] = [];
  const seen: unknown[] = [];
  for (const path of new Set(ALL_ROUTES.map((route) => route.path))) {
    const own = new Set(["OPTIONS", ...ALL_ROUTES.filter((route) => route.path === path).map(({ method }) => method)]);
    if (own.has("GET")) own.add("HEAD");
    const allow = METHODS.filter((method) => own.has(method))
      .toSorted(byName)
      .join(", ");
    for (const method of METHODS) {
      const { status, headers } = await call(server, method, path);
      seen.push([method, path, status === 405, method === "OPTIONS" || status === 405 ? headers.allow : undefined]);
      const others = !own.has(method);
      expected.push([method, path, others, method === "OPTIONS" || others ? allow : undefined]);
    }
  }
  expect(seen).toEqual(expected);
});

function byName(left: string, right: string): number {
  return left < right ? -1 : 1;
}

test("OPTIONS says which methods a route has, and HEAD answers as GET does, without the body", async () => {
  const options = await call(server, "OPTIONS", "/login");
  expect([options.status, options.headers.allow]).toEqual([204, "OPTIONS, POST"]);
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  for (const path of ["/me", "/sessions", "/dashboard", "/healthz", "/readyz", "/.well-known/jwks.json"]) {
    const [get, head] = [await call(server, "GET", path, { cookie }), await call(server, "HEAD", path, { cookie })];
    expect([path, head.status, head.text]).toEqual([path, get.status, ""]);
    expect(head.headers["content-type"]).toBe(get.headers["content-type"]);
  }
});

// GET /me/stream answers for as long as its session lives: that it changes nothing is in me-stream.test.ts.
test("R092 no GET, HEAD or OPTIONS changes anything, whatever it is sent to", async () => {
  const { cookie, access, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const bearer = await signIn(server, KAVYA);
  for (const { path } of [...ALL_ROUTES, { path: `/sessions/${sid}` }]) {
    for (const method of path === PATHS.meStream ? ["HEAD", "OPTIONS"] : ["GET", "HEAD", "OPTIONS"]) {
      for (const carried of [{ cookie }, { token: access }, { token: bearer.refresh }]) {
        await call(server, method, path, carried);
      }
    }
  }
  expect((await call(server, "GET", "/me", { cookie })).body).toMatchObject({ session: { sid } });
  const { body } = await call(server, "POST", "/refresh", { token: bearer.refresh });
  expect(body).toHaveProperty("refresh_token");
  expect((await server.services.ledger.readSession(bearer.sid as never))?.session.counter).toBe(1);
});

test("R004 no GET, no refused request and no refresh opens a session", async () => {
  const { cookie, refresh, sub } = { ...(await signIn(server, KAVYA)), cookie: "" };
  const { ledger } = server.services;
  const before = (await ledger.listSessions(sub as never)).length;
  for (const { method, path } of ALL_ROUTES) if (method === "GET") await call(server, method, path, { cookie });
  await call(server, "POST", "/login", { body: { ...KAVYA, password: "wrong" } });
  await call(server, "POST", "/refresh", { token: refresh });
  expect(await ledger.listSessions(sub as never)).toHaveLength(before);
});

test("the well-known documents and the health of the server are there for everybody", async () => {
  const [health, ready] = [await call(server, "GET", "/healthz"), await call(server, "GET", "/readyz")];
  expect([health.status, health.body, ready.status, ready.body]).toEqual([
    200,
    { status: "ok" },
    200,
    { status: "ready" },
  ]);
  const jwks = await call(server, "GET", "/.well-known/jwks.json");
  expect(jwks.headers["cache-control"]).toBe("public, max-age=300");
  const [key] = jwks.body["keys"] as readonly Record<string, unknown>[];
  expect(key).toMatchObject({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
  const metadata = await call(server, "GET", "/.well-known/oauth-authorization-server");
  expect(metadata.body).toMatchObject({
    issuer: server.issuer,
    jwks_uri: `${server.issuer}/.well-known/jwks.json`,
    grant_types_supported: ["refresh_token"],
  });
});

test("R140 the JWK Set holds public members only", async () => {
  const { text } = await call(server, "GET", "/.well-known/jwks.json");
  expect(text).not.toMatch(/"(?:d|k|p|q|dp|dq|qi|oth)":/);
});

test("R104 R156 what is no route is 404: no page below a page, no listing, no debug, no hidden file", async () => {
  const { cookie, access } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const paths = ["/dashboard/x.css", "/me/", "/me;x.css", "/Me", "/%6de/x", "//me", "/.git/config", "/.env"];
  const more = ["/metrics", "/debug", "/admin", "/oauth/authorize", "/oauth/token/x", "/authorize"];
  for (const path of [...paths, ...more, `/sessions/${NO_SID}/x`]) {
    const answer = await call(server, "GET", path, { cookie });
    expect([path, answer.status]).toEqual([path, 404]);
    expect(answer.headers["cache-control"]).toBe("no-store");
  }
  expect(member(await call(server, "GET", "/nothing", { token: access }), "code")).toBe("not_found");
});
