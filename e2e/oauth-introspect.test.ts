import { parseVerifierName } from "@counterfoil/core";
import type { Sid } from "@counterfoil/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { outsideOf } from "./support/answer.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./support/clock.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import type { Carried, Target } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { newSecret, startLocal } from "./support/local.ts";
import { register } from "./support/verifier.ts";
import { claimsOf, KAVYA, member, signIn } from "./support/sign-in.ts";

const AUDIENCE = "https://api.example";

let server: LocalServer;
let credential: string;

beforeAll(async () => {
  server = await startLocal({ audience: AUDIENCE, claims: () => ({ tenant_id: "t1", active: false }) });
  credential = await register(server, "orders");
});

afterAll(() => server[Symbol.asyncDispose]());

const introspect = (token: string, carried: Carried = {}, target: Target = server): Promise<Answer> =>
  call(target, "POST", "/oauth/introspect", { token: credential, form: { token }, ...carried });

const outcome = ({ status, body }: Answer) => `${status} ${String(body["error"])}`;

test("R076 an access token is told with what it says, the user's name, and the application's own claims", async () => {
  const { access, sid, sub } = await signIn(server, KAVYA);
  const answer = await introspect(access);
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(answer.body).toEqual({
    ...claimsOf(access),
    active: true,
    token_type: "Bearer",
    username: "kavya",
  });
  expect(answer.body).toMatchObject({
    iss: server.issuer,
    aud: AUDIENCE,
    sub,
    sid,
    client_id: "first-party",
    roles: ["admin"],
    amr: ["pwd"],
    claims_version: 1,
    tenant_id: "t1",
    jti: expect.any(String),
  });
});

test("R076 a refresh token and a session token are told apart from an access token by token_type", async () => {
  const bearer = await signIn(server, KAVYA);
  const browser = await signIn(server, { ...KAVYA, transport: "cookie" });
  for (const [token, type, { sid, access }, days] of [
    [bearer.refresh, "refresh_token", bearer, 30],
    [browser.cookie, "session_token", browser, 1],
  ] as const) {
    const { auth_time, iat } = claimsOf(access);
    const { body } = await introspect(token);
    expect(body).toEqual({
      active: true,
      token_type: type,
      iss: server.issuer,
      sub: bearer.sub,
      aud: AUDIENCE,
      sid,
      client_id: "first-party",
      username: "kavya",
      iat,
      exp: iat + days * 24 * 3600,
      auth_time,
      amr: ["pwd"],
      roles: ["admin"],
      claims_version: 1,
    });
  }
});

test('R076 whatever is not good is told as exactly {"active":false}, byte for byte the same', async () => {
  const over = await signIn(server, KAVYA);
  const overCookie = await signIn(server, { ...KAVYA, transport: "cookie" });
  for (const carried of [{ token: over.refresh }, { cookie: overCookie.cookie }]) {
    await call(server, "POST", "/logout", carried);
  }
  const renewed = await signIn(server, { ...KAVYA, transport: "cookie" });
  await call(server, "POST", "/reauthenticate", { cookie: renewed.cookie, body: { password: KAVYA.password } });
  const rotated = await signIn(server, KAVYA);
  await call(server, "POST", "/refresh", { token: rotated.refresh });
  const old = await signIn(server, KAVYA);
  await using elsewhere = await startLocal({ audience: AUDIENCE });
  const foreign = await signIn(elsewhere, KAVYA);
  const [head, payload] = old.access.split(".");
  const inactive = [
    "x",
    "cfr_none",
    "cfs_none",
    `${old.access}x`,
    `${head}.${payload}.`,
    credential,
    foreign.access,
    foreign.refresh,
    over.access,
    over.refresh,
    overCookie.cookie,
    overCookie.access,
    renewed.cookie,
    rotated.refresh,
    // Sealed as the one kind, presented as the other.
    old.refresh.replace("cfr_", "cfs_"),
  ];
  const answers = [];
  for (const token of inactive) answers.push(await introspect(token));
  server.clock.advance(11 * MINUTE);
  answers.push(await introspect(old.access));
  server.clock.advance(15 * DAY);
  answers.push(await introspect(old.refresh), await introspect(renewed.cookie));
  expect(answers.map(({ text }) => text)).toEqual(answers.map(() => '{"active":false}'));
  expect(new Set(answers.map(outsideOf)).size).toBe(1);
});

test("R076 it comes from the ledger, not from memory: what another server revoked is told at once", async () => {
  await using directory = await temporaryDirectory();
  const common = { data: directory.path, secret: newSecret(), audience: AUDIENCE, issuer: "http://localhost:4000" };
  await using one = await startLocal(common);
  await using two = await startLocal({ ...common, users: [] });
  const own = await register(one, "orders");
  const ask = async (token: string) => (await introspect(token, { token: own }, two)).body["active"];
  for (let round = 0; round < 10; round++) {
    const bearer = await signIn(one, KAVYA);
    const browser = await signIn(one, { ...KAVYA, transport: "cookie" });
    const tokens = [bearer.access, bearer.refresh, browser.access, browser.cookie];
    // Warm in the other server's caches.
    await call(two, "GET", "/me", { cookie: browser.cookie });
    await call(two, "GET", "/me", { token: bearer.access });
    expect(await Promise.all(tokens.map(ask))).toEqual([true, true, true, true]);
    await one.cf.sessions.revoke(bearer.sid);
    await one.cf.sessions.revoke(browser.sid);
    // The cookie first and alone: the question about an access token reads the log of revocations for all of memory.
    const seen = [];
    for (const token of tokens.toReversed()) seen.push(await ask(token));
    expect(seen).toEqual([false, false, false, false]);
  }
});

test("R076 changed roles make the older access token inactive, and the next one tells them", async () => {
  await using local = await startLocal({ audience: AUDIENCE });
  const own = await register(local, "orders");
  const { access, refresh, sub } = await signIn(local, KAVYA);
  await local.cf.users.setRoles(sub, ["guest"]);
  expect((await introspect(access, { token: own }, local)).text).toBe('{"active":false}');
  expect((await introspect(refresh, { token: own }, local)).body).toMatchObject({ active: true, roles: ["guest"] });
  const next = member(await call(local, "POST", "/refresh", { token: refresh }), "access_token");
  expect((await introspect(next, { token: own }, local)).body).toMatchObject({ active: true, roles: ["guest"] });
});

test("R076 it is no activity of the user's, and spends no refresh token", async () => {
  const { cookie, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const bearer = await signIn(server, KAVYA);
  server.clock.advance(11 * HOUR);
  for (let ask = 0; ask < 3; ask++) {
    expect((await introspect(cookie)).body["active"]).toBe(true);
    expect((await introspect(bearer.refresh)).body["active"]).toBe(true);
  }
  const { ledger } = server.services;
  const [browser, client] = [await ledger.readSession(sid as Sid), await ledger.readSession(bearer.sid as Sid)];
  expect(browser!.session.lastActiveAt).toBe(browser!.session.createdAt);
  expect(client!.session).toMatchObject({ counter: 0, lastActiveAt: client!.session.createdAt });
  server.clock.advance(HOUR + SECOND);
  expect((await introspect(cookie)).body["active"]).toBe(false);
  expect((await call(server, "POST", "/refresh", { token: bearer.refresh })).status).toBe(200);
});

test("R076 it is the user's activity where the service says that the user asked for something", async () => {
  const { cookie, sid } = await signIn(server, { ...KAVYA, transport: "cookie" });
  server.clock.advance(11 * HOUR);
  const active = await introspect(cookie, { form: { token: cookie, activity: "true" } });
  expect(active.body["active"]).toBe(true);
  await server.services.activity.flush();
  const record = await server.services.ledger.readSession(sid as Sid);
  expect(record!.session.lastActiveAt).toBe(record!.session.createdAt + 11 * HOUR);
  const odd = await introspect(cookie, { form: { token: cookie, activity: "yes" } });
  expect(outcome(odd)).toBe("400 invalid_request");
});

test("R076 without a verifier's credential, with a wrong one or a user's token, nothing is told", async () => {
  const { access, refresh } = await signIn(server, KAVYA);
  const other = credential.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  const basic = (text: string) => ({ token: undefined, headers: { Authorization: `Basic ${btoa(text)}` } });
  const refused: readonly (readonly [string, Carried])[] = [
    ["Bearer", { token: undefined }],
    ["Bearer", { token: undefined, cookie: (await signIn(server, { ...KAVYA, transport: "cookie" })).cookie }],
    ['Bearer error="invalid_token"', { token: access }],
    ['Bearer error="invalid_token"', { token: refresh }],
    ['Bearer error="invalid_token"', { token: other }],
    ['Bearer error="invalid_token"', { token: `${credential}x` }],
    ['Bearer error="invalid_token"', { headers: { Authorization: [`Bearer ${credential}`, `Bearer ${credential}`] } }],
    ['Basic realm="counterfoil"', basic(`orders:${other}`)],
    ['Basic realm="counterfoil"', basic(`payments:${credential}`)],
    ['Basic realm="counterfoil"', basic(credential)],
    ['Basic realm="counterfoil"', { token: undefined, headers: { Authorization: "Basic A" } }],
  ];
  for (const [challenge, carried] of refused) {
    const answer = await introspect(access, carried);
    expect([outcome(answer), answer.headers["www-authenticate"]]).toEqual(["401 invalid_client", challenge]);
    expect(answer.text).not.toContain("active");
  }
  expect((await introspect(access, basic(`orders:${credential}`))).body["active"]).toBe(true);
});

test("a verifier's credential opens nothing else", async () => {
  for (const path of ["/me", "/sessions", "/dashboard"]) {
    expect((await call(server, "GET", path, { token: credential })).status).toBe(401);
  }
  expect((await call(server, "POST", "/refresh", { token: credential })).status).toBe(401);
  expect((await call(server, "GET", `/me?x=${credential}`)).status).toBe(400);
});

test("a removed verifier is refused at once, on every server", async () => {
  await using directory = await temporaryDirectory();
  const common = { data: directory.path, secret: newSecret(), issuer: "http://localhost:4000" };
  await using one = await startLocal(common);
  await using two = await startLocal({ ...common, users: [] });
  const own = await register(one, "orders");
  const { access } = await signIn(one, KAVYA);
  for (const each of [one, two]) expect((await introspect(access, { token: own }, each)).status).toBe(200);
  await one.services.ledger.removeVerifier({ which: { name: parseVerifierName("orders")! }, context: null });
  for (const each of [one, two]) expect((await introspect(access, { token: own }, each)).status).toBe(401);
});

test("a question without a token, or in another form, is told what is wrong with it", async () => {
  expect(outcome(await introspect(""))).toBe("400 invalid_request");
  const asJson = { form: undefined, body: { token: "x" } } as unknown as Carried;
  expect(outcome(await introspect("", asJson))).toBe("415 invalid_request");
});

test("R076 a ledger out of reach is 503 with Retry-After, never inactive", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const { access } = await signIn(local, KAVYA);
  await local.services.ledger[Symbol.asyncDispose]();
  const answer = await introspect(access, { token: own }, local);
  expect([outcome(answer), answer.headers["retry-after"]]).toEqual(["503 temporarily_unavailable", "1"]);
  await local.services.ledger.open();
});

test("under HS256, where every service could mint, a server with registered verifiers does not start", async () => {
  await using directory = await temporaryDirectory();
  const secret = newSecret();
  {
    await using before = await startLocal({ data: directory.path, secret });
    await register(before, "orders");
  }
  const hs256 = { algorithm: "HS256", hs256Secret: newSecret() } as const;
  await expect(startLocal({ data: directory.path, secret, users: [], ...hs256 })).rejects.toThrow(
    /HS256 and registered/,
  );
});
