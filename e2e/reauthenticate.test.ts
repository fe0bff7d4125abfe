import type { Sid } from "@counterfoil/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MINUTE } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { CREDENTIAL_ROUTES } from "./support/routes.ts";
import { ARJUN, claimsOf, cookieOf, KAVYA, member, signIn } from "./support/sign-in.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal();
});

afterAll(() => server[Symbol.asyncDispose]());

const PASSWORD = { password: KAVYA.password };

test("R016 a re-authentication sets a new cookie, the old one is refused everywhere, and the session stays", async () => {
  const { cookie, sid, access } = await signIn(server, { ...KAVYA, transport: "cookie" });
  server.clock.advance(MINUTE);
  const proved = await call(server, "POST", "/reauthenticate", { cookie, body: PASSWORD });
  expect(proved.status).toBe(200);
  const next = cookieOf(proved);
  expect(next).toMatch(/^cfs_/);
  expect(next).not.toBe(cookie);
  const claims = claimsOf(member(proved, "access_token"));
  expect(claims.sid).toBe(sid);
  expect(claims.auth_time).toBe(claimsOf(access).auth_time + 60);
  for (const { method, path } of CREDENTIAL_ROUTES) {
    const refused = await call(server, method, path, { cookie });
    expect([method, path, refused.status]).toEqual([method, path, 401]);
  }
  const twice = await call(server, "POST", "/reauthenticate", { cookie, body: PASSWORD });
  expect([twice.status, twice.body["code"]]).toEqual([401, "invalid_session"]);
  expect((await server.eventsOf(twice))[0]?.body).toMatchObject({ reason: "superseded" });
  expect((await call(server, "GET", "/me", { cookie: next })).body).toMatchObject({ session: { sid } });
});

test("a remembered session's new cookie ends when the first would have ended", async () => {
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie", remember: true });
  server.clock.advance(MINUTE);
  const proved = await call(server, "POST", "/reauthenticate", { cookie, body: PASSWORD });
  expect(proved.setCookies[0]).toContain(`; Max-Age=${30 * 24 * 3600 - 60};`);
});

test("a client with tokens proves presence too, and keeps its refresh token", async () => {
  const { access, refresh, sid } = await signIn(server, KAVYA);
  server.clock.advance(MINUTE);
  const proved = await call(server, "POST", "/reauthenticate", { token: access, body: PASSWORD });
  expect(proved.status).toBe(200);
  expect(proved.setCookies).toEqual([]);
  expect(claimsOf(member(proved, "access_token"))).toMatchObject({ sid, auth_time: claimsOf(access).auth_time + 60 });
  const refreshed = await call(server, "POST", "/refresh", { token: refresh });
  expect(refreshed.status).toBe(200);
  expect(claimsOf(member(refreshed, "access_token")).auth_time).toBe(claimsOf(access).auth_time + 60);
});

test("R106 a wrong password re-authenticates nobody, changes nothing, and counts as a guess", async () => {
  const { cookie, access } = await signIn(server, { ...ARJUN, transport: "cookie" });
  const wrong = await call(server, "POST", "/reauthenticate", { cookie, body: { password: "wrong" } });
  expect([wrong.status, wrong.body["code"], wrong.setCookies]).toEqual([401, "invalid_credentials", []]);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(200);
  const refreshed = await call(server, "POST", "/refresh", { cookie });
  expect(claimsOf(member(refreshed, "access_token")).auth_time).toBe(claimsOf(access).auth_time);
  const guesses = await Promise.all(
    Array.from({ length: 20 }, () =>
      call(server, "POST", "/reauthenticate", { cookie, body: { password: "wrong again" } }),
    ),
  );
  expect(guesses.filter(({ status }) => status === 401)).toHaveLength(19);
  // The account's one counter: a sign-in from there has to wait as well.
  const limited = await call(server, "POST", "/login", { body: ARJUN });
  expect([limited.status, limited.body["code"]]).toEqual([429, "too_many_attempts"]);
});

test("without a credential, with a bad one, and without a password nobody is asked for one", async () => {
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const codes = [];
  for (const carried of [{ body: PASSWORD }, { token: "bad", body: PASSWORD }, { cookie }, { cookie, body: {} }]) {
    codes.push((await call(server, "POST", "/reauthenticate", carried)).body["code"]);
  }
  expect(codes).toEqual(["not_authenticated", "invalid_token", "invalid_request", "invalid_request"]);
});

test("a cookie's session is re-authenticated by its cookie: its access token could not exchange that", async () => {
  const { access } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const refused = await call(server, "POST", "/reauthenticate", { token: access, body: PASSWORD });
  expect([refused.status, refused.body["code"]]).toEqual([400, "invalid_request"]);
});

test("two at once with one cookie: both are answered, and whoever is gets the one cookie that is live", async () => {
  const { cookie, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const proved = await Promise.all(
    Array.from({ length: 2 }, () => call(server, "POST", "/reauthenticate", { cookie, body: PASSWORD })),
  );
  // The second may find the cookie superseded already; else both get the same one.
  const given = proved.filter(({ status }) => status === 200).map(cookieOf);
  expect(proved.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
  expect(given.length).toBeGreaterThan(0);
  const live = [];
  for (const next of given) live.push((await call(server, "GET", "/me", { cookie: next })).status);
  expect(new Set(given).size).toBe(1);
  expect(live.every((status) => status === 200)).toBe(true);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(401);
  const record = await server.services.ledger.readSession(sid as Sid);
  expect(record?.session.counter).toBe(1);
});
