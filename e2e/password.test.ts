import type { Sid } from "@counterfoil/core";
import { expect, test } from "vitest";
import { DAY, MINUTE } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { Carried, Target } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import { NEW_PASSWORD, NEXT_PASSWORD, NO_CODE } from "./support/password.ts";
import { ARJUN, claimsOf, cookieOf, KAVYA, member, signIn } from "./support/sign-in.ts";

const CHANGE = { current_password: KAVYA.password, new_password: NEW_PASSWORD };

const change = (server: Target, carried: Carried, body: object = CHANGE) =>
  call(server, "POST", "/password", { ...carried, body });

const login = async (server: Target, password: string) =>
  (await call(server, "POST", "/login", { body: { username: KAVYA.username, password } })).status;

test("R023 R106 a change by cookie: this session stays with a new cookie, every other ends, the old password is wrong", async () => {
  await using server = await startLocal();
  const mine = await signIn(server, { ...KAVYA, transport: "cookie" });
  const others = [await signIn(server, KAVYA), await signIn(server, { ...KAVYA, transport: "cookie" })];
  const stranger = await signIn(server, ARJUN);
  server.clock.advance(MINUTE);
  const changed = await change(server, { cookie: mine.cookie });
  expect(changed.status).toBe(200);
  const next = cookieOf(changed);
  expect(next).not.toBe(mine.cookie);
  const claims = claimsOf(member(changed, "access_token"));
  expect([claims.sid, claims.auth_time]).toEqual([mine.sid, claimsOf(mine.access).auth_time + 60]);
  expect((await call(server, "GET", "/me", { cookie: next })).body).toMatchObject({ session: { sid: mine.sid } });
  expect((await call(server, "GET", "/me", { cookie: mine.cookie })).status).toBe(401);
  expect((await call(server, "POST", "/refresh", { token: others[0]!.refresh })).status).toBe(401);
  expect((await call(server, "GET", "/me", { token: others[0]!.access })).status).toBe(401);
  expect((await call(server, "GET", "/me", { cookie: others[1]!.cookie })).status).toBe(401);
  expect((await call(server, "GET", "/me", { token: stranger.access })).status).toBe(200);
  expect([await login(server, KAVYA.password), await login(server, NEW_PASSWORD)]).toEqual([401, 200]);
});

test("a change by cookie whose answer was lost is sent again as it is, and changes nothing more", async () => {
  await using server = await startLocal();
  const { cookie, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const lost = cookieOf(await change(server, { cookie }));
  const since = await signIn(server, { username: KAVYA.username, password: NEW_PASSWORD });
  const again = await change(server, { cookie });
  expect([again.status, cookieOf(again)]).toEqual([200, lost]);
  const record = await server.services.ledger.readSession(sid as Sid);
  expect(record?.session.counter).toBe(1);
  // What was opened with the new password stays.
  expect((await call(server, "POST", "/refresh", { token: since.refresh })).status).toBe(200);
});

test("R023 a change by access token: the client keeps its refresh token, and all others fail", async () => {
  await using server = await startLocal();
  const mine = await signIn(server, KAVYA);
  const other = await signIn(server, KAVYA);
  const changed = await change(server, { token: mine.access });
  expect([changed.status, Object.keys(changed.body)]).toEqual([200, ["access_token", "token_type", "expires_in"]]);
  expect((await call(server, "GET", "/me", { token: member(changed, "access_token") })).status).toBe(200);
  expect((await call(server, "POST", "/refresh", { token: mine.refresh })).status).toBe(200);
  expect((await call(server, "POST", "/refresh", { token: other.refresh })).status).toBe(401);
});

test("R023 no parameter spares the other sessions", async () => {
  await using server = await startLocal();
  const mine = await signIn(server, KAVYA);
  const other = await signIn(server, KAVYA);
  for (const more of [{ logout: false }, { keep_sessions: true }, { except: other.sid }, { sid: other.sid }]) {
    const refused = await change(server, { token: mine.access }, { ...CHANGE, ...more });
    expect(refused.body["code"]).toBe("invalid_request");
  }
  const changed = await call(server, "POST", "/password?logout=false", { token: mine.access, body: CHANGE });
  expect(changed.status).toBe(200);
  expect((await call(server, "POST", "/refresh", { token: other.refresh })).status).toBe(401);
});

test("R026 R106 without the current password nothing changes, however fresh the access token is; wrong ones are counted", async () => {
  await using server = await startLocal();
  const { refresh } = await signIn(server, KAVYA);
  server.clock.advance(DAY);
  const token = member(await call(server, "POST", "/refresh", { token: refresh }), "access_token");
  const without = await change(server, { token }, { new_password: NEW_PASSWORD });
  expect([without.status, without.body["code"]]).toEqual([401, "invalid_credentials"]);
  expect((await change(server, {})).body["code"]).toBe("not_authenticated");
  expect((await change(server, { token: refresh })).body["code"]).toBe("invalid_token");
  const wrong = { ...CHANGE, current_password: "not the password" };
  const seen = [];
  for (let guess = 0; guess < 21; guess++) seen.push((await change(server, { token }, wrong)).status);
  expect(seen).toEqual([...Array.from({ length: 20 }, () => 401), 429]);
  // The sign-in counts in the same bucket, so the session is no way round the limit.
  expect([await change(server, { token }), await login(server, KAVYA.password)]).toMatchObject([{ status: 429 }, 429]);
  server.clock.advance(MINUTE);
  expect((await change(server, { token })).status).toBe(200);
});

test("a new password against the rules, or that is the current one, is refused before the current one is checked", async () => {
  await using server = await startLocal();
  const { access: token } = await signIn(server, KAVYA);
  const { passwords } = server.services.signIn;
  const check = passwords.checkUser.bind(passwords);
  passwords.checkUser = () => Promise.reject(new Error("checked"));
  for (const new_password of ["", "short", KAVYA.password, "x".repeat(257)]) {
    const refused = await change(server, { token }, { ...CHANGE, new_password });
    expect([new_password, refused.status, refused.body["code"]]).toEqual([new_password, 400, "password_refused"]);
  }
  passwords.checkUser = check;
  expect(await login(server, KAVYA.password)).toBe(200);
});

test("of many changes at once with one cookie one password is set, and whoever is told so holds the live cookie", async () => {
  await using server = await startLocal();
  const { cookie, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const texts = Array.from({ length: 6 }, (_, index) => `${NEXT_PASSWORD} ${index}`);
  const answers = await Promise.all(
    texts.map((new_password) => change(server, { cookie }, { ...CHANGE, new_password })),
  );
  const winners = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
  expect(winners).toHaveLength(1);
  expect(answers.every(({ status }) => status === 200 || status === 401)).toBe(true);
  const live = cookieOf(answers[winners[0]!]!);
  expect((await call(server, "GET", "/me", { cookie: live })).status).toBe(200);
  expect(await login(server, texts[winners[0]!]!)).toBe(200);
  expect((await server.services.ledger.readSession(sid as Sid))?.session.counter).toBe(1);
});

test("a cookie's session is changed by its cookie, and a code beside another proof is refused", async () => {
  await using server = await startLocal();
  const { access, cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  expect((await change(server, { token: access })).body["code"]).toBe("invalid_request");
  const code = { code: NO_CODE, new_password: NEW_PASSWORD };
  const codes = [];
  for (const [carried, body] of [
    [{ token: access }, code],
    [{ cookie }, { ...code, current_password: KAVYA.password }],
    [{ cookie }, code],
    [{}, code],
    [{}, { ...code, code: "cfp_short" }],
  ] as const) {
    codes.push((await change(server, carried, body)).body["code"]);
  }
  // The cookie comes by itself, and is not looked at.
  const ambiguous = ["ambiguous_credentials", "ambiguous_credentials"];
  expect(codes).toEqual([...ambiguous, "invalid_code", "invalid_code", "invalid_code"]);
});

test("R112 a password does not run out: years later it still signs in, and nothing asks for another", async () => {
  await using server = await startLocal();
  const first = await signIn(server, KAVYA);
  server.clock.advance(3 * 365 * DAY);
  const later = await signIn(server, KAVYA);
  expect(Object.keys(later.answer.body)).toEqual(Object.keys(first.answer.body));
});
