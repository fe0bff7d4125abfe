import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { UNSAFE_ROUTES } from "./support/routes.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";

const LISTED = "https://app.example.com";
const FOREIGN = "https://evil.example";
/** Close, and not the same: a suffix, a prefix, another scheme, another port, a child, a path, another case. */
const TWINS = [
  `${LISTED}.evil.example`,
  "https://app.example.co",
  "http://app.example.com",
  `${LISTED}:8443`,
  "https://x.app.example.com",
  `${LISTED}/`,
  "https://APP.example.com",
];

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal({ allowedOrigins: [LISTED] });
});

afterAll(() => server[Symbol.asyncDispose]());

const SITES = [undefined, "same-origin", "none", "same-site", "cross-site", "odd"] as const;

/** What the design says of one request with the cookie. */
function passes(site: (typeof SITES)[number], origin: string | undefined): boolean {
  if (origin === LISTED) return true;
  if (site === "same-origin" || site === "none") return true;
  if (site === "same-site" || site === "cross-site") return false;
  return origin === server.issuer;
}

test("R090 R093 a request with the cookie passes by Sec-Fetch-Site and exact Origin alone, on every unsafe route", async () => {
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  // What does not pass is refused before the route acts, so one session serves; what passes is sent a bad body.
  const origins = [undefined, server.issuer, LISTED, FOREIGN, "null", ...TWINS];
  const seen: unknown[] = [];
  const expected: unknown[] = [];
  for (const { method, path } of UNSAFE_ROUTES) {
    for (const site of SITES) {
      for (const origin of origins) {
        for (const type of ["application/json", "text/plain"]) {
          const headers = { Origin: origin, "Sec-Fetch-Site": site, "Content-Type": type };
          const { status, text } = await call(server, method, path, { cookie, headers, body: "[]" });
          const request = [method, path, site, origin, type];
          seen.push([...request, status === 403 && text.includes("Refused:")]);
          expected.push([...request, !passes(site, origin)]);
        }
      }
    }
  }
  expect(seen).toEqual(expected);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(200);
});

test("R090 what the guard refuses does nothing: a cross-site logout, a refresh and an end of a session", async () => {
  const { cookie, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const headers = { "Sec-Fetch-Site": "cross-site", Origin: FOREIGN };
  for (const [method, path] of [
    ["POST", "/logout"],
    ["POST", "/logout/all"],
    ["DELETE", `/sessions/${sid}`],
  ] as const) {
    const refused = await call(server, method, path, { cookie, headers });
    expect([refused.status, refused.setCookies]).toEqual([403, []]);
  }
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(200);
});

test("R090 a request with the cookie that does not say where it comes from is refused, and told which header is missing", async () => {
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const refused = await call(server, "POST", "/refresh", { cookie, headers: { Origin: undefined } });
  expect(refused.body["code"]).toBe("csrf_refused");
  expect(refused.body["error"]).toContain(`Origin: ${server.issuer}`);
  // Two of them are as good as none: they are not the one that is expected.
  const twice = { Origin: [server.issuer, server.issuer] };
  expect((await call(server, "POST", "/refresh", { cookie, headers: twice })).status).toBe(403);
});

test("R095 no other site signs a visitor in: the password may be right, there is no cookie and no session", async () => {
  const { sub } = await signIn(server, ARJUN);
  const { ledger } = server.services;
  const before = (await ledger.listSessions(sub as never)).length;
  const attempts: readonly Readonly<Record<string, string>>[] = [
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { "Sec-Fetch-Site": "cross-site", Origin: FOREIGN },
    { Origin: FOREIGN },
    { Origin: "null" },
    { Origin: server.issuer, "Sec-Fetch-Site": "cross-site" },
  ];
  for (const headers of attempts) {
    for (const transport of [{}, { transport: "cookie" }, { transport: "bearer" }]) {
      const refused = await call(server, "POST", "/login", { headers, body: { ...ARJUN, ...transport } });
      expect([refused.status, refused.body["code"], refused.setCookies]).toEqual([403, "csrf_refused", []]);
    }
  }
  // A form cannot send JSON, and what it can send is no sign-in even from the same site.
  for (const type of ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]) {
    const headers = { "Sec-Fetch-Site": "same-origin", "Content-Type": type };
    const refused = await call(server, "POST", "/login", { headers, body: JSON.stringify(ARJUN) });
    expect([refused.status, refused.setCookies]).toEqual([415, []]);
  }
  expect(await ledger.listSessions(sub as never)).toHaveLength(before);
});

test("a client that is no browser needs neither header, with a token or with nothing", async () => {
  const { refresh } = await signIn(server, KAVYA);
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(200);
  expect((await call(server, "POST", "/logout")).status).toBe(204);
});

test("a forged Host does not make another origin the own one", async () => {
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const headers = { Host: "evil.example", Origin: "http://evil.example" };
  expect((await call(server, "POST", "/logout", { cookie, headers })).body["code"]).toBe("csrf_refused");
});

test("R096 a preflight is granted to an exact listed origin alone", async () => {
  const ask = (origin: string) =>
    call(server, "OPTIONS", "/refresh", {
      headers: {
        Origin: origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
      },
    });
  const granted = await ask(LISTED);
  expect(granted.status).toBe(204);
  expect(granted.headers).toMatchObject({
    "access-control-allow-origin": LISTED,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "GET, POST, DELETE",
  });
  for (const origin of [FOREIGN, "null", "*", ...TWINS, server.issuer]) {
    const refused = await ask(origin);
    expect([origin, refused.status, refused.headers["access-control-allow-origin"]]).toEqual([origin, 403, undefined]);
    expect(refused.headers.vary).toContain("Origin");
  }
});

test("R093 R096 answers name the listed origin to its own pages alone, on success and on refusal, and vary by it", async () => {
  const { access } = await signIn(server, KAVYA);
  const seen: unknown[] = [];
  for (const origin of [LISTED, FOREIGN, "null", ...TWINS, undefined]) {
    for (const [path, token] of [
      ["/me", access],
      ["/me", "bad"],
      ["/nothing", access],
      ["/.well-known/jwks.json", undefined],
    ] as const) {
      const { headers } = await call(server, "GET", path, { token, headers: { Origin: origin } });
      seen.push([origin, headers["access-control-allow-origin"], headers.vary?.includes("Origin")]);
    }
  }
  const expected = [LISTED, FOREIGN, "null", ...TWINS, undefined].flatMap((origin) =>
    Array.from({ length: 4 }, () => [origin, origin === LISTED ? LISTED : undefined, true]),
  );
  expect(seen).toEqual(expected);
});

test("R090 a listed page on another port works with the cookie: preflight, request, answer", async () => {
  const { cookie } = await signIn(
    server,
    { ...KAVYA, transport: "cookie" },
    { headers: { Origin: LISTED, "Sec-Fetch-Site": "cross-site" } },
  );
  const refreshed = await call(server, "POST", "/refresh", {
    cookie,
    headers: { Origin: LISTED, "Sec-Fetch-Site": "cross-site" },
  });
  expect(refreshed.status).toBe(200);
  expect(refreshed.headers["access-control-expose-headers"]).toContain("Request-Id");
});
