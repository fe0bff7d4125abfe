import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createCounterfoil } from "./index.ts";
import {
  bearer,
  cookieOf,
  ISSUER,
  json,
  login,
  ORIGIN,
  request,
  temporaryDirectory,
  testOptions,
} from "../test/options.ts";

const BROWSER = { "Sec-Fetch-Site": "same-origin" };
const orders = (method: string, headers: Readonly<Record<string, string>>) =>
  new Request(`${ORIGIN}/orders`, { method, headers });

test("a request without a credential is refused with a challenge", async () => {
  await using cf = createCounterfoil(testOptions());
  expect(await cf.verifier.verifyRequest(orders("GET", {}))).toEqual({
    ok: false,
    code: "not_authenticated",
    status: 401,
    headers: { "WWW-Authenticate": "Bearer" },
    body: { error: "Sign in first: no credential came with the request.", code: "not_authenticated" },
  });
});

test("an access token and a cookie each tell who is calling", async () => {
  await using cf = createCounterfoil(testOptions());
  const { access_token } = await json(await cf.fetch(login("kavya")));
  const cookie = cookieOf(await cf.fetch(login("arjun", {}, BROWSER)));
  expect(await cf.verifier.verifyRequest(orders("GET", bearer(access_token)))).toMatchObject({
    ok: true,
    auth: { sub: "user-kavya", roles: ["user"], via: "access_token" },
  });
  expect(await cf.verifier.verifyRequest(orders("GET", { Cookie: cookie }))).toMatchObject({
    ok: true,
    auth: { sub: "user-arjun", roles: ["user"], via: "cookie" },
  });
});

test("a cookie with a method that changes something must say where it comes from", async () => {
  await using cf = createCounterfoil(testOptions());
  const Cookie = cookieOf(await cf.fetch(login("kavya", {}, BROWSER)));
  const verify = (headers: Readonly<Record<string, string>>) =>
    cf.verifier.verifyRequest(orders("DELETE", { Cookie, ...headers }));
  const refused = await verify({});
  expect(refused).toMatchObject({ ok: false, code: "csrf_refused", status: 403 });
  expect(refused).toHaveProperty("body.error", expect.stringContaining(`Origin: ${ORIGIN}`));
  expect(await verify({ Origin: "https://evil.example" })).toMatchObject({ ok: false, code: "csrf_refused" });
  expect(await verify({ "Sec-Fetch-Site": "same-site" })).toMatchObject({ ok: false, code: "csrf_refused" });
  expect(await verify({ Origin: ORIGIN })).toMatchObject({ ok: true });
  expect(await verify(BROWSER)).toMatchObject({ ok: true });
});

test("what was revoked through cf is refused by the next check", async () => {
  await using cf = createCounterfoil(testOptions());
  const { access_token } = await json(await cf.fetch(login("kavya")));
  const Cookie = cookieOf(await cf.fetch(login("kavya", {}, BROWSER)));
  const check = () =>
    Promise.all([cf.verifier.verify(String(access_token)), cf.verifier.verifyRequest(orders("GET", { Cookie }))]);
  expect(await check()).toMatchObject([{ ok: true }, { ok: true }]);
  await cf.sessions.revokeAll("user-kavya");
  expect(await check()).toMatchObject([
    { ok: false, status: 401, code: "claims_changed" },
    { ok: false, status: 401, code: "invalid_session" },
  ]);
});

test("changed roles refuse the older token as claims_changed, and the next refresh carries them", async () => {
  await using cf = createCounterfoil(testOptions());
  const tokens = await json(await cf.fetch(login("kavya")));
  expect(await cf.users.setRoles("user-kavya", ["admin"])).toBe("changed");
  expect(await cf.verifier.verify(String(tokens["access_token"]))).toMatchObject({ ok: false, code: "claims_changed" });
  const refreshed = await json(await cf.fetch(request("POST", "/refresh", bearer(tokens["refresh_token"]))));
  expect(await cf.verifier.verify(String(refreshed["access_token"]))).toMatchObject({
    ok: true,
    auth: { roles: ["admin"] },
  });
});

test("a ledger out of reach is 503, never a refusal of the user", async () => {
  await using directory = await temporaryDirectory();
  const inTheWay = join(directory.path, "data");
  await writeFile(inTheWay, "");
  await using cf = createCounterfoil(testOptions({ ledger: `sqlite:${join(inTheWay, "counterfoil.db")}` }));
  const unavailable = { ok: false, code: "unavailable", status: 503, headers: { "Retry-After": "1" } };
  expect(await cf.verifier.verify("any")).toMatchObject(unavailable);
  expect(await cf.verifier.verifyRequest(orders("GET", bearer("any")))).toMatchObject(unavailable);
});

test("a ledger that goes away later is 503 for what memory cannot answer, and for all once memory is stale", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "counterfoil.db");
  let monotonic = 0;
  const clock = { now: () => Date.now(), monotonic: () => monotonic };
  await using cf = createCounterfoil(testOptions({ ledger: `sqlite:${path}`, clock }));
  const { access_token } = await json(await cf.fetch(login("kavya")));
  const cookie = cookieOf(await cf.fetch(login("kavya", {}, BROWSER)));
  const other = cookieOf(await cf.fetch(login("kavya", {}, BROWSER)));
  const byCookie = (Cookie: string) => cf.verifier.verifyRequest(orders("GET", { Cookie }));
  expect(await byCookie(cookie)).toMatchObject({ ok: true });

  for (const file of [path, `${path}-wal`, `${path}-shm`]) await writeFile(file, "x".repeat(100_000));
  expect(await byCookie(other)).toMatchObject({ ok: false, code: "unavailable", status: 503 });
  monotonic += 2000;
  expect(await byCookie(cookie)).toMatchObject({ ok: false, code: "unavailable", status: 503 });
  expect(await cf.verifier.verify(String(access_token))).toMatchObject({ ok: false, code: "unavailable", status: 503 });
});

test("a token of another issuer is not accepted", async () => {
  await using ours = createCounterfoil(testOptions());
  await using theirs = createCounterfoil(testOptions({ issuer: `${ISSUER}2` }));
  const elsewhere = new Request(`${ISSUER}2/login`, login("kavya"));
  const { access_token } = await json(await theirs.fetch(elsewhere));
  expect(await ours.verifier.verify(String(access_token))).toMatchObject({ ok: false, code: "invalid_token" });
});
