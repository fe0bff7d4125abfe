import { afterAll, beforeAll, expect, test } from "vitest";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import type { Server } from "./support/server.ts";
import { startDemo } from "./support/server.ts";
import { ARJUN, claimsOf, cookieOf, KAVYA, member, signIn } from "./support/sign-in.ts";

// The lesson that the product grew from, step by step, against `counterfoil demo`.
let directory: Directory;
let server: Server;

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startDemo(directory.path);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

test("a sign-in gives an access token and a refresh token, and the dashboard welcomes by name", async () => {
  const { answer, access } = await signIn(server, KAVYA);
  expect(Object.keys(answer.body).toSorted()).toEqual(["access_token", "expires_in", "refresh_token", "token_type"]);
  expect(answer.body).toMatchObject({ token_type: "Bearer", expires_in: 600 });
  expect(answer.setCookies).toEqual([]);
  const dashboard = await call(server, "GET", "/dashboard", { token: access });
  expect(dashboard.status).toBe(200);
  expect(dashboard.body).toEqual({ message: "Welcome kavya" });
  expect(claimsOf(access).roles).toEqual(["admin"]);
});

test("the second user of the lesson signs in too, with the role that it gives", async () => {
  const { access } = await signIn(server, ARJUN);
  expect((await call(server, "GET", "/dashboard", { token: access })).body).toEqual({ message: "Welcome arjun" });
  expect(claimsOf(access).roles).toEqual(["user"]);
});

test("POST /refresh with the refresh token as bearer, and no body, gives a fresh access token", async () => {
  const { access, refresh } = await signIn(server, KAVYA);
  const refreshed = await call(server, "POST", "/refresh", { token: refresh });
  expect(refreshed.status).toBe(200);
  const fresh = member(refreshed, "access_token");
  expect(fresh).not.toBe(access);
  expect(member(refreshed, "refresh_token")).not.toBe(refresh);
  expect((await call(server, "GET", "/dashboard", { token: fresh })).body).toEqual({ message: "Welcome kavya" });
});

test("the refresh token may also come in the body", async () => {
  const { refresh } = await signIn(server, KAVYA);
  const refreshed = await call(server, "POST", "/refresh", { body: { refresh_token: refresh } });
  expect(refreshed.status).toBe(200);
});

test("a wrong password and an unknown user are both 401 Invalid credentials", async () => {
  for (const body of [
    { username: "kavya", password: "wrong" },
    { username: "nobody", password: "password123" },
  ]) {
    const refused = await call(server, "POST", "/login", { body });
    expect(refused.status).toBe(401);
    expect(refused.body).toEqual({ error: "Invalid credentials", code: "invalid_credentials" });
  }
});

test("R060 without a token the dashboard is 401 with a bare challenge, and with a bad one the challenge says so", async () => {
  const none = await call(server, "GET", "/dashboard");
  expect([none.status, none.body["code"], none.headers["www-authenticate"]]).toEqual([
    401,
    "not_authenticated",
    "Bearer",
  ]);
  const bad = await call(server, "GET", "/dashboard", { token: "eyJhbGciOiJub25lIn0.e30." });
  expect([bad.status, bad.body["code"]]).toEqual([401, "invalid_token"]);
  expect(bad.headers["www-authenticate"]).toMatch(/^Bearer error="invalid_token"/);
  const malformed = await call(server, "GET", "/dashboard", { headers: { Authorization: "Basic a2F2eWE6eA==" } });
  expect([malformed.status, malformed.body["code"]]).toEqual([400, "invalid_request"]);
});

test("the same flow by cookie: sign in, dashboard, an access token for elsewhere, sign out", async () => {
  const { answer, cookie, access } = await signIn(server, { ...KAVYA, transport: "cookie" });
  expect(answer.body).toMatchObject({ user: { username: "kavya", roles: ["admin"] } });
  expect(answer.body).not.toHaveProperty("refresh_token");
  expect((await call(server, "GET", "/dashboard", { cookie })).body).toEqual({ message: "Welcome kavya" });
  const refreshed = await call(server, "POST", "/refresh", { cookie });
  expect(refreshed.status).toBe(200);
  expect(cookieOf(refreshed)).toBe("");
  expect(refreshed.body).not.toHaveProperty("refresh_token");
  const out = await call(server, "POST", "/logout", { cookie });
  expect(out.status).toBe(204);
  for (const carried of [{ cookie }, { token: access }, { token: member(refreshed, "access_token") }]) {
    expect((await call(server, "GET", "/dashboard", carried)).status).toBe(401);
  }
});

test("R074 a browser gets the cookie without asking, and never a refresh token", async () => {
  const browser = { headers: { "Sec-Fetch-Site": "same-origin", Origin: server.issuer } };
  const { answer, cookie, refresh } = await signIn(server, KAVYA, browser);
  expect(cookie).toMatch(/^cfs_/);
  expect(refresh).toBe("");
  expect(answer.text).not.toContain("cfr_");
  const refused = await call(server, "POST", "/login", { ...browser, body: { ...KAVYA, transport: "bearer" } });
  expect([refused.status, refused.body["code"]]).toEqual([400, "bearer_refused"]);
});

test("R029 the cookie ends with the browser, unless the user asks to be remembered", async () => {
  const plain = await signIn(server, { ...KAVYA, transport: "cookie" });
  expect(plain.answer.setCookies[0]).not.toMatch(/Max-Age|Expires/i);
  const remembered = await signIn(server, { ...KAVYA, transport: "cookie", remember: true });
  expect(remembered.answer.setCookies[0]).toMatch(/; Max-Age=(2592000|2591999);/);
});

test("R021 a logout by refresh token ends the session: nothing of it is good any more", async () => {
  const { access, refresh } = await signIn(server, ARJUN);
  expect((await call(server, "POST", "/logout", { token: refresh })).status).toBe(204);
  expect((await call(server, "GET", "/dashboard", { token: access })).body["code"]).toBe("invalid_token");
  expect((await call(server, "POST", "/refresh", { token: refresh })).body["code"]).toBe("invalid_grant");
});

test("a logout by access token, by body and a second time are all 204", async () => {
  const byAccess = await signIn(server, ARJUN);
  expect((await call(server, "POST", "/logout", { token: byAccess.access })).status).toBe(204);
  const byBody = await signIn(server, ARJUN);
  const body = { refresh_token: byBody.refresh };
  expect((await call(server, "POST", "/logout", { body })).status).toBe(204);
  expect((await call(server, "POST", "/logout", { body })).status).toBe(204);
  expect((await call(server, "POST", "/refresh", { token: byBody.refresh })).status).toBe(401);
});

test("R087 the answer to a logout by cookie, and no other, clears it, with the attributes that set it", async () => {
  const { answer, cookie } = await signIn(server, { ...ARJUN, transport: "cookie" });
  const out = await call(server, "POST", "/logout", { cookie });
  expect(out.headers["clear-site-data"]).toBe('"cache"');
  const [set, cleared] = [answer.setCookies[0]!, out.setCookies[0]!].map((text) => text.split("; ").slice(1));
  expect(cleared!.filter((attribute) => attribute !== "Max-Age=0")).toEqual(set);
  const refused = await call(server, "GET", "/me", { cookie });
  expect([refused.status, refused.setCookies]).toEqual([401, []]);
});

test("a logout that names a session ends that one or nothing", async () => {
  const { cookie, sid } = await signIn(server, { ...ARJUN, transport: "cookie" });
  const other = `${sid.slice(0, -4)}AAAA`;
  const missed = await call(server, "POST", "/logout", { cookie, body: { sid: other } });
  expect([missed.status, missed.setCookies]).toEqual([204, []]);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(200);
  expect((await call(server, "POST", "/logout", { cookie, body: { sid } })).status).toBe(204);
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(401);
});

test("logout/all ends every session of the user, and nobody else's", async () => {
  const kavya = await signIn(server, KAVYA);
  const [one, two] = [await signIn(server, ARJUN), await signIn(server, { ...ARJUN, transport: "cookie" })];
  expect((await call(server, "POST", "/logout/all", { token: one.refresh })).status).toBe(204);
  expect((await call(server, "GET", "/me", { token: one.access })).status).toBe(401);
  expect((await call(server, "GET", "/me", { cookie: two.cookie })).status).toBe(401);
  expect((await call(server, "GET", "/me", { token: kavya.access })).status).toBe(200);
  const again = await call(server, "POST", "/logout/all", { token: one.refresh });
  expect([again.status, again.body["code"]]).toEqual([401, "invalid_grant"]);
});
