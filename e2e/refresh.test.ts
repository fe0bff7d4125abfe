import { afterAll, beforeAll, expect, test } from "vitest";
import { outsideOf } from "./support/answer.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { seeded } from "./support/random.ts";
import { ARJUN, claimsOf, KAVYA, member, signIn } from "./support/sign-in.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal();
});

afterAll(() => server[Symbol.asyncDispose]());

const redeem = (token: string, headers: Record<string, string> = {}) =>
  call(server, "POST", "/refresh", { token, headers });

test("R061 R066 a repeat inside the interval gives the same successor, and outside it reuse ends this session and not the user's other", async () => {
  const other = await signIn(server, KAVYA);
  const { refresh, sid } = await signIn(server, KAVYA);
  const rotated = await redeem(refresh);
  const successor = member(rotated, "refresh_token");
  server.clock.advance(29 * SECOND);
  expect(member(await redeem(refresh), "refresh_token")).toBe(successor);
  server.clock.advance(2 * SECOND);
  const reused = await redeem(refresh);
  expect([reused.status, reused.body["code"]]).toEqual([401, "invalid_grant"]);
  expect((await redeem(successor)).body["code"]).toBe("invalid_grant");
  expect((await call(server, "GET", "/me", { token: member(rotated, "access_token") })).status).toBe(401);
  const events = await server.eventsOf(reused);
  expect(events.map(({ body }) => body.type)).toEqual(["refresh_reused", "session_ended", "refused"]);
  expect(events.every((event) => event.sid === sid)).toBe(true);
  expect((await call(server, "GET", "/me", { token: other.access })).status).toBe(200);
  expect((await redeem(other.refresh)).status).toBe(200);
});

test("R061 a token two steps behind is reuse at once, also inside the interval", async () => {
  const { refresh: zero, access } = await signIn(server, ARJUN);
  const one = member(await redeem(zero), "refresh_token");
  server.clock.advance(31 * SECOND);
  const two = member(await redeem(one), "refresh_token");
  expect((await redeem(zero)).body["code"]).toBe("invalid_grant");
  expect((await redeem(two)).body["code"]).toBe("invalid_grant");
  expect((await call(server, "GET", "/me", { token: access })).status).toBe(401);
});

test("R065 R066 the rotation's own key redeems the old token again after an hour, as long as the successor is unseen", async () => {
  const { refresh } = await signIn(server, KAVYA);
  const key = { "Idempotency-Key": "key-of-this-token" };
  const successor = member(await redeem(refresh, key), "refresh_token");
  server.clock.advance(HOUR);
  expect(member(await redeem(refresh, key), "refresh_token")).toBe(successor);
  // Handed out just now, so it goes on as it is; but it has been seen: the key opens nothing any more, and whoever
  // comes with it later is the second holder.
  expect(member(await redeem(successor), "refresh_token")).toBe(successor);
  server.clock.advance(31 * SECOND);
  expect((await redeem(refresh, key)).body["code"]).toBe("invalid_grant");
});

test("another key, or none, is no proof after an hour", async () => {
  for (const headers of [{}, { "Idempotency-Key": "another-key" }]) {
    const { refresh } = await signIn(server, KAVYA);
    await redeem(refresh, { "Idempotency-Key": "key-of-this-token" });
    server.clock.advance(HOUR);
    expect((await redeem(refresh, headers as Record<string, string>)).body["code"]).toBe("invalid_grant");
  }
  const { refresh } = await signIn(server, KAVYA);
  const malformed = await call(server, "POST", "/refresh", { token: refresh, headers: { "Idempotency-Key": "short" } });
  expect(malformed.body["code"]).toBe("invalid_request");
});

test("R020 refreshing every nine minutes to the end: no access token outlives the session, and then all is refused", async () => {
  await using short = await startLocal({
    lifetimes: {
      bearer: { inactivitySeconds: 3600, lifetimeSeconds: 4 * 3600 },
      cookie: { inactivitySeconds: 3600, lifetimeSeconds: 4 * 3600 },
    },
  });
  let { refresh } = await signIn(short, KAVYA);
  const { cookie, access } = await signIn(short, { ...KAVYA, transport: "cookie" });
  const end = claimsOf(access).iat + 4 * 3600;
  for (let minute = 9; minute < 4 * 60; minute += 9) {
    short.clock.advance(9 * MINUTE);
    const byToken = await call(short, "POST", "/refresh", { token: refresh });
    const byCookie = await call(short, "POST", "/refresh", { cookie });
    // Within a second by itself; on this clock that would be hours.
    await short.services.activity.flush();
    refresh = member(byToken, "refresh_token");
    for (const answer of [byToken, byCookie]) {
      const { exp, iat } = claimsOf(member(answer, "access_token"));
      expect(exp).toBeLessThanOrEqual(end);
      expect(answer.body["expires_in"]).toBe(exp - iat);
    }
  }
  short.clock.advance(9 * MINUTE);
  expect((await call(short, "POST", "/refresh", { token: refresh })).body["code"]).toBe("invalid_grant");
  expect((await call(short, "POST", "/refresh", { cookie })).body["code"]).toBe("invalid_grant");
  expect((await call(short, "GET", "/dashboard", { cookie })).body["code"]).toBe("invalid_session");
});

test("R030 auth_time, amr and sid are the same after ten refreshes: holding a token is no presence", async () => {
  const first = await signIn(server, KAVYA);
  const { auth_time, amr, sid, jti } = claimsOf(first.access);
  let { refresh } = first;
  for (let count = 0; count < 10; count++) {
    server.clock.advance(MINUTE);
    const answer = await redeem(refresh);
    refresh = member(answer, "refresh_token");
    const claims = claimsOf(member(answer, "access_token"));
    expect(claims).toMatchObject({ auth_time, amr, sid });
    expect(claims.jti).not.toBe(jti);
  }
});

test("R019 a session that nobody uses ends a second after its inactivity timeout, not a second before, and activity resets it", async () => {
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const { refresh } = await signIn(server, KAVYA);
  server.clock.advance(12 * HOUR - SECOND);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(200);
  server.clock.advance(11 * HOUR);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(200);
  const idle = await signIn(server, { ...KAVYA, transport: "cookie" });
  server.clock.advance(12 * HOUR);
  for (const path of ["/me", "/dashboard", "/sessions"]) {
    expect((await call(server, "GET", path, { cookie: idle.cookie })).body["code"]).toBe("invalid_session");
  }
  const alive = await redeem(refresh);
  server.clock.advance(14 * DAY + SECOND);
  expect((await redeem(member(alive, "refresh_token"))).body["code"]).toBe("invalid_grant");
});

test("R019 a background refresh is no activity, by token and by cookie", async () => {
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  let { refresh } = await signIn(server, ARJUN);
  const background = { background: true };
  for (let hour = 1; hour < 12; hour++) {
    server.clock.advance(HOUR);
    expect((await call(server, "POST", "/refresh", { cookie, body: background })).status).toBe(200);
  }
  server.clock.advance(HOUR);
  expect((await call(server, "POST", "/refresh", { cookie, body: background })).body["code"]).toBe("invalid_grant");
  for (let day = 1; day < 14; day++) {
    server.clock.advance(DAY);
    const answer = await call(server, "POST", "/refresh", { token: refresh, body: background });
    refresh = member(answer, "refresh_token") || refresh;
  }
  server.clock.advance(DAY);
  expect((await call(server, "POST", "/refresh", { token: refresh })).body["code"]).toBe("invalid_grant");
});

test("R072 unknown, expired, revoked and reused refresh tokens are told apart by nobody", async () => {
  await using fresh = await startLocal();
  await using elsewhere = await startLocal();
  const unknown = (await signIn(elsewhere, KAVYA)).refresh;
  const [expired, revoked, reused] = [
    (await signIn(fresh, KAVYA)).refresh,
    (await signIn(fresh, KAVYA)).refresh,
    (await signIn(fresh, KAVYA)).refresh,
  ];
  await call(fresh, "POST", "/logout", { token: revoked });
  await call(fresh, "POST", "/refresh", { token: reused });
  fresh.clock.advance(31 * SECOND);
  const answers = [];
  for (const token of [unknown, revoked, reused]) answers.push(await call(fresh, "POST", "/refresh", { token }));
  fresh.clock.advance(31 * DAY);
  answers.push(await call(fresh, "POST", "/refresh", { token: expired }));
  const outsides = answers.map(outsideOf);
  expect(new Set(outsides).size).toBe(1);
  expect(answers[0]!.status).toBe(401);
});

test("R068 each flipped bit, each cut and each counter edit of a refresh token is the same refusal", async () => {
  const { refresh } = await signIn(server, KAVYA);
  const random = seeded(68);
  const bytes = Buffer.from(refresh.slice(4), "base64url");
  const forged = Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    return `cfr_${flipped.toString("base64url")}`;
  });
  for (const length of [0, 3, 4, 5, 20, 53]) forged.push(refresh.slice(0, length) || "x");
  forged.push(`${refresh}A`, refresh.replace("cfr_", "cfs_"), refresh.toUpperCase(), `${refresh}=`);
  for (let count = 0; count < 50; count++) {
    forged.push(`cfr_${Buffer.from(Array.from({ length: 37 }, () => random() * 256)).toString("base64url")}`);
  }
  const outsides = new Set<string>();
  for (const token of forged) {
    const { status, text } = await redeem(token);
    outsides.add(`${status} ${text}`);
    // So many within seconds would be taken for somebody's guesses.
    server.clock.advance(SECOND);
  }
  expect(outsides.size).toBe(1);
  expect([...outsides][0]).toMatch(/^401 .*"invalid_grant"/);
  expect((await redeem(refresh)).status).toBe(200);
});

test("R046 no kind of credential passes for another", async () => {
  const { access, refresh } = await signIn(server, KAVYA);
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  expect((await redeem(access)).body["code"]).toBe("invalid_grant");
  expect((await redeem(cookie)).body["code"]).toBe("invalid_grant");
  const codes = [];
  for (const path of ["/dashboard", "/me", "/sessions"]) {
    for (const token of [refresh, cookie]) codes.push((await call(server, "GET", path, { token })).body["code"]);
    for (const other of [refresh, access]) codes.push((await call(server, "GET", path, { cookie: other })).status);
  }
  expect(codes).toEqual(Array.from({ length: 3 }, () => ["invalid_token", "invalid_token", 401, 401]).flat());
});
