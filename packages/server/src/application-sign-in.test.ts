import { expect, test } from "vitest";
import { createCounterfoil } from "./index.ts";
import type { Counterfoil } from "./index.ts";
import { bearer, cookieOf, json, login, ORIGIN, request, testOptions } from "../test/options.ts";

const BROWSER = { "Sec-Fetch-Site": "same-origin" };
const KAVYA = { subject: "user-kavya", username: "kavya", roles: ["user"] };
const own = (headers: Readonly<Record<string, string>> = {}, method = "POST") => request(method, "/own", headers);

async function authOf(cf: Counterfoil, answer: Response) {
  const verified = await cf.verifier.verify(String((await json(answer))["access_token"]));
  return verified.ok ? verified.auth : verified;
}

test("answers as /login does: the cookie for a browser, the tokens for anything else", async () => {
  await using cf = createCounterfoil(testOptions());
  const toBrowser = await cf.signIn(own(BROWSER), KAVYA);
  expect(cookieOf(toBrowser)).toMatch(/^__Host-session_id=cfs_/);
  expect(toBrowser.headers.get("cache-control")).toBe("no-store");
  expect(await json(toBrowser)).toMatchObject({ user: { sub: "user-kavya", username: "kavya", roles: ["user"] } });
  const toClient = await cf.signIn(own(), KAVYA);
  expect(toClient.headers.has("set-cookie")).toBe(false);
  expect(await json(toClient)).toMatchObject({ refresh_token: expect.stringMatching(/^cfr_/) });
});

test("amr says how the user proved presence", async () => {
  await using cf = createCounterfoil(testOptions());
  expect(await authOf(cf, await cf.signIn(own(), KAVYA, { amr: ["otp"] }))).toMatchObject({ amr: ["otp"] });
  expect(await authOf(cf, await cf.signIn(own(), KAVYA))).toMatchObject({ amr: ["pwd"] });
});

test.each(["POST", "GET"])("a %s from another site is refused, whatever the application checked", async (method) => {
  await using cf = createCounterfoil(testOptions());
  const answer = await cf.signIn(
    own({ "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }, method),
    KAVYA,
  );
  expect(answer.status).toBe(403);
  expect(answer.headers.has("set-cookie")).toBe(false);
  expect(await json(answer)).toMatchObject({ code: "csrf_refused" });
});

test("a browser that asks for bearer is refused, with the sentence that says what to do", async () => {
  await using cf = createCounterfoil(testOptions());
  const answer = await cf.signIn(own(BROWSER), KAVYA, { transport: "bearer" });
  expect(answer.status).toBe(400);
  expect(await json(answer)).toMatchObject({ code: "bearer_refused" });
});

test("a disabled user stays out", async () => {
  await using cf = createCounterfoil(testOptions());
  await cf.signIn(own(), KAVYA);
  expect(await cf.users.disable(KAVYA.subject)).toBe("changed");
  const answer = await cf.signIn(own(), KAVYA);
  expect(answer.status).toBe(401);
  expect(await json(answer)).toMatchObject({ code: "invalid_credentials" });
  expect(await cf.users.enable(KAVYA.subject)).toBe("changed");
  expect((await cf.signIn(own(), KAVYA)).status).toBe(200);
});

test("a deleted user's subject is never signed in again", async () => {
  await using cf = createCounterfoil(testOptions());
  await cf.signIn(own(), KAVYA);
  expect(await cf.users.delete(KAVYA.subject)).toBe("changed");
  const answer = await cf.signIn(own(), KAVYA);
  expect(answer.status).toBe(401);
  expect(await json(answer)).toMatchObject({ code: "invalid_credentials" });
});

test("other roles than at the last sign-in raise the claims version: older tokens are refused", async () => {
  await using cf = createCounterfoil(testOptions());
  const before = await json(await cf.signIn(own(), KAVYA));
  const promoted = await authOf(cf, await cf.signIn(own(), { ...KAVYA, roles: ["admin"] }));
  expect(promoted).toMatchObject({ roles: ["admin"] });
  expect(await cf.verifier.verify(String(before["access_token"]))).toMatchObject({ ok: false, code: "claims_changed" });
  const refreshed = await cf.fetch(request("POST", "/refresh", bearer(before["refresh_token"])));
  expect(await authOf(cf, refreshed)).toMatchObject({ roles: ["admin"] });
});

test("the same roles in another order are no change", async () => {
  await using cf = createCounterfoil(testOptions());
  const { access_token } = await json(await cf.signIn(own(), { ...KAVYA, roles: ["b", "a"] }));
  await cf.signIn(own(), { ...KAVYA, roles: ["a", "b", "a"] });
  expect(await cf.verifier.verify(String(access_token))).toMatchObject({ ok: true });
});

test("the session whose cookie the browser still had ends with the new sign-in", async () => {
  await using cf = createCounterfoil(testOptions());
  const first = cookieOf(await cf.fetch(login("kavya", {}, BROWSER)));
  const second = cookieOf(await cf.signIn(own({ ...BROWSER, Cookie: first }), KAVYA));
  const check = (Cookie: string) => cf.verifier.verifyRequest(new Request(`${ORIGIN}/orders`, { headers: { Cookie } }));
  expect(await check(first)).toMatchObject({ ok: false, code: "invalid_session" });
  expect(await check(second)).toMatchObject({ ok: true });
});

test("a user that cannot be one is a TypeError: a bug of the application's", async () => {
  await using cf = createCounterfoil(testOptions());
  await expect(cf.signIn(own(), { subject: "" })).rejects.toThrow(TypeError);
  await expect(cf.signIn(own(), { subject: "user-kavya", roles: [""] })).rejects.toThrow(TypeError);
});

test("the application's own addresses may hold what it mails to its users, and no token of ours", async () => {
  await using cf = createCounterfoil(testOptions());
  const at = (query: string, headers = {}) => request("GET", `/own?${query}`, headers);
  const entered = await cf.signIn(at("token=from-a-mail", BROWSER), KAVYA);
  expect(entered.status).toBe(200);
  const headers = { Cookie: cookieOf(entered), ...BROWSER };
  const code = `code=cfp_${"A".repeat(22)}`;
  const authenticated = await Promise.all(
    [code, "x=cfs_abc"].map((query) => cf.verifier.verifyRequest(at(query, headers))),
  );
  expect(authenticated.map((answer) => answer.ok)).toEqual([true, false]);
});
