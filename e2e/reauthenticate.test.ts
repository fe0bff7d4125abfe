import type { Sid } from "@counterfoil/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { outsideOf } from "./support/answer.ts";
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
  const refused = await call(server, "GET", "/me", { cookie });
  expect((await server.eventsOf(refused))[0]?.body).toMatchObject({ code: "invalid_session", reason: "superseded" });
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

test("two at once with one cookie: both are answered, with the one cookie that is live", async () => {
  const { cookie, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const proved = await Promise.all(
    Array.from({ length: 2 }, () => call(server, "POST", "/reauthenticate", { cookie, body: PASSWORD })),
  );
  expect(proved.map(({ status }) => status)).toEqual([200, 200]);
  const [next, ...others] = proved.map(cookieOf);
  expect(others).toEqual([next]);
  expect((await call(server, "GET", "/me", { cookie: next })).status).toBe(200);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(401);
  const record = await server.services.ledger.readSession(sid as Sid);
  expect(record?.session.counter).toBe(1);
});

test("whose answer was lost asks again with the old cookie and the password, and gets the cookie that is current", async () => {
  const { cookie, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const lost = cookieOf(await call(server, "POST", "/reauthenticate", { cookie, body: PASSWORD }));
  server.clock.advance(MINUTE);
  const again = await Promise.all(
    Array.from({ length: 2 }, () => call(server, "POST", "/reauthenticate", { cookie, body: PASSWORD })),
  );
  expect(again.map((answer) => [answer.status, cookieOf(answer)])).toEqual([
    [200, lost],
    [200, lost],
  ]);
  const record = await server.services.ledger.readSession(sid as Sid);
  expect(record?.session.counter).toBe(1);
  // By itself the old cookie is as refused as before.
  expect((await call(server, "GET", "/me", { cookie })).body["code"]).toBe("invalid_session");
  expect((await call(server, "POST", "/refresh", { cookie })).status).toBe(401);
  expect((await call(server, "GET", "/me", { cookie: lost })).status).toBe(200);
});

test("R016 without the right password an old cookie is answered as one of a session that has ended, and counts as a guess", async () => {
  await using own = await startLocal();
  const ended = await signIn(own, { ...ARJUN, transport: "cookie" });
  await call(own, "POST", "/logout", { cookie: ended.cookie });
  const { cookie } = await signIn(own, { ...ARJUN, transport: "cookie" });
  const right = { password: ARJUN.password };
  await call(own, "POST", "/reauthenticate", { cookie, body: right });
  const change = { current_password: ARJUN.password, new_password: "no password of arjun's" };
  const attempts = [
    ["/reauthenticate", { password: "wrong" }],
    ["/reauthenticate", {}],
    ["/password", change],
    ["/password", { new_password: "no password of arjun's" }],
    ["/password", { new_password: "a".repeat(2000) }],
    ["/password", { new_password: "short" }],
  ] as const;
  for (const [path, body] of attempts) {
    const told = await call(own, "POST", path, { cookie, body });
    const expected = await call(own, "POST", path, { cookie: ended.cookie, body });
    expect([path, outsideOf(told)]).toEqual([path, outsideOf(expected)]);
    expect(told.status).toBe(Object.keys(body).length === 0 ? 400 : 401);
  }
  for (let guess = 0; guess < 20; guess++) {
    const told = await call(own, "POST", "/reauthenticate", { cookie, body: { password: "wrong" } });
    expect([told.status, told.body["code"]]).toEqual([401, "invalid_session"]);
  }
  const limited = await call(own, "POST", "/login", { body: ARJUN });
  expect([limited.status, limited.body["code"]]).toEqual([429, "too_many_attempts"]);
  expect((await call(own, "POST", "/reauthenticate", { cookie, body: right })).status).toBe(401);
});

test("R016 an old cookie is of no use beside the password either, two generations back, after five minutes or after the logout", async () => {
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const prove = (from: string) => call(server, "POST", "/reauthenticate", { cookie: from, body: PASSWORD });
  const second = cookieOf(await prove(cookie));
  const third = cookieOf(await prove(second));
  expect((await prove(cookie)).body["code"]).toBe("invalid_session");
  server.clock.advance(5 * MINUTE);
  expect(cookieOf(await prove(second))).toBe(third);
  server.clock.advance(5 * MINUTE + 1000);
  expect((await prove(second)).body["code"]).toBe("invalid_session");
  const fourth = cookieOf(await prove(third));
  expect((await call(server, "POST", "/logout", { cookie: fourth })).status).toBe(204);
  expect((await prove(third)).body["code"]).toBe("invalid_session");
});
