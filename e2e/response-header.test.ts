import { expect, test } from "vitest";
import { HANDLE_PREFIX } from "@counterfoil/core";
import { decodeBase64Url } from "@counterfoil/protocol";
import type { Answer } from "./support/answer.ts";
import { checkAnswer } from "./support/answer.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import type { Target } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import { exchangeRaw } from "./support/raw.ts";
import { ALL_ROUTES } from "./support/routes.ts";
import { startServer } from "./support/server.ts";
import { claimsOf, cookieOf, KAVYA, member, signIn } from "./support/sign-in.ts";
import { addUser, addUsers } from "./support/user.ts";

// `call` holds every answer of every run against what all answers keep to; these make sure that it sees them all.

/** One answer of each route with each kind of credential, and each kind of refusal. */
async function sweep(server: Target): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const bearer = await signIn(server, KAVYA);
  for (const { method, path } of ALL_ROUTES.filter((route) => route.path !== "/logout/all")) {
    for (const carried of [
      {},
      { cookie },
      { token: bearer.access },
      { token: "x" },
      { cookie: "x" },
      { body: "{" },
      { headers: { "Sec-Fetch-Site": "cross-site" } },
    ]) {
      answers.push(await call(server, method, path, carried));
    }
  }
  for (const [method, path] of [
    ["GET", "/nothing"],
    ["PUT", "/login"],
    ["TRACE", "/me"],
    ["OPTIONS", "/me"],
    ["HEAD", "/healthz"],
  ] as const) {
    answers.push(await call(server, method, path));
  }
  return answers;
}

test("R100 R101 every route and status has the headers of an answer that no browser may guess at, embed or trace back", async () => {
  await using server = await startLocal();
  const answers = await sweep(server);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 204, 400, 401, 403, 404, 405, 415]));
  const ids = answers.map(({ headers }) => headers["request-id"]);
  expect(new Set(ids).size).toBe(answers.length);
});

test("R071 R104 nothing is stored but the public documents, whatever was answered", async () => {
  await using server = await startLocal();
  const stored = (await sweep(server)).filter(({ headers }) => headers["cache-control"] !== "no-store");
  expect(stored.every(({ text }) => text === "" || /^\{"(?:keys|issuer|openapi)":/.test(text))).toBe(true);
  const cached = await call(server, "GET", "/.well-known/jwks.json");
  expect(cached.headers["cache-control"]).toBe("public, max-age=300");
});

test("R143 whatever a proxy says of the client's scheme, no answer redirects", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  await using server = await startServer({
    data: directory.path,
    issuer: "https://auth.example.com",
    flags: ["--trust-proxy", "127.0.0.1/32"],
  });
  for (const { method, path } of ALL_ROUTES) {
    const { status, headers } = await call(server, method, path, { headers: { "X-Forwarded-Proto": "http" } });
    expect(headers["location"]).toBeUndefined();
    expect(status < 300 || status >= 400).toBe(true);
  }
});

test("R079 R080 R081 R082 R098 behind a proxy that ends TLS, HSTS is on every answer and the cookie is __Host-, Secure and HttpOnly", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  await using server = await startServer({
    data: directory.path,
    issuer: "https://auth.example.com",
    flags: ["--trust-proxy", "127.0.0.1/32"],
  });
  // `call` knows by the issuer what must be there.
  const routes = (await sweep(server)).length;
  expect(routes).toBeGreaterThan(80);
  const { answer, cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  expect(answer.setCookies).toEqual([`__Host-session_id=${cookie}; Path=/; Secure; HttpOnly; SameSite=Lax`]);
  const remembered = await signIn(server, { ...KAVYA, transport: "cookie", remember: true });
  expect(remembered.answer.setCookies[0]).toMatch(/^__Host-session_id=cfs_.*; Max-Age=\d+; Secure; HttpOnly;/);
  const out = await call(server, "POST", "/logout", { cookie });
  expect(out.setCookies).toEqual(["__Host-session_id=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"]);
  // The development name opens nothing here.
  const plain = await call(server, "GET", "/me", { headers: { Cookie: `session_id=${remembered.cookie}` } });
  expect(plain.body["code"]).toBe("not_authenticated");
  expect(server.journal.setCookies.length).toBeGreaterThan(4);
});

test("R098 what Node refuses before there is a request has those headers too", async () => {
  await using server = await startLocal({ issuer: "https://auth.example.com" });
  for (const bytes of [
    "NOT HTTP\r\n\r\n",
    `GET /me HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(17_000)}\r\n\r\n`,
    "GET /me HTTP/1.1\r\nConnection: close\r\n\r\n",
    "GET /me HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
  ]) {
    const [answer] = await exchangeRaw(server.port, bytes);
    checkAnswer(answer!, true);
    expect(answer!.body["code"]).toBe("invalid_request");
  }
});

test("R083 R084 the cookie has one size, and nothing in it is in any claim, answer or row", async () => {
  await using server = await startLocal();
  const roles = Array.from({ length: 64 }, (_, index) => `${"r".repeat(60)}-${index}`);
  await addUser(server.services.ledger, { username: "many-roles", password: "a long password", roles });
  const many = await signIn(server, { username: "many-roles", password: "a long password", transport: "cookie" });
  const { cookie, access, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  expect(many.cookie.length).toBe(cookie.length);
  const bytes = decodeBase64Url(cookie.slice(HANDLE_PREFIX.session.length))!;
  expect(bytes.length).toBe(1 + 16 + 4 + 16);
  const locator = Buffer.from(bytes.subarray(1, 17));
  const me = await call(server, "GET", "/me", { cookie });
  const record = await server.services.ledger.readSession(sid as never);
  const seen = JSON.stringify([claimsOf(access), me.text, record]);
  for (const form of ["base64url", "base64", "hex"] as const) expect(seen).not.toContain(locator.toString(form));
});

test("R082 no answer's body holds the cookie's value: not at the sign-in, not at a refresh, not in a list", async () => {
  await using server = await startLocal();
  const { answer, cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const answers = [answer];
  for (const [method, path] of [
    ["GET", "/me"],
    ["GET", "/sessions"],
    ["GET", "/dashboard"],
    ["POST", "/refresh"],
  ] as const) {
    answers.push(await call(server, method, path, { cookie }));
  }
  const proved = await call(server, "POST", "/reauthenticate", { cookie, body: { password: KAVYA.password } });
  expect([...answers, proved].filter(({ text }) => text.includes("cfs_"))).toEqual([]);
  expect(cookieOf(proved)).toMatch(/^cfs_/);
  expect(member(proved, "access_token")).not.toBe("");
});
