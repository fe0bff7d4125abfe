import { afterAll, beforeAll, expect, test } from "vitest";
import { MINUTE, SECOND } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { Carried } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { cookieOf, KAVYA, member, signIn } from "./support/sign-in.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal({
    secondFactor: async ({ code }) => (code === "123456" ? { amr: ["otp", "mfa"] } : "not_needed"),
  });
});

afterAll(() => server[Symbol.asyncDispose]());

type StepUp = Parameters<LocalServer["cf"]["verifier"]["verifyRequest"]>[1];

/** What the application's own route makes of a request. */
async function ask(carried: Pick<Carried, "token" | "cookie">, required: StepUp) {
  const headers = new Headers(
    carried.cookie === undefined
      ? { Authorization: `Bearer ${carried.token}` }
      : { Cookie: `session_id=${carried.cookie}` },
  );
  return server.cf.verifier.verifyRequest({ method: "GET", url: `${server.issuer}/orders`, headers }, required);
}

const refusedWith = (challenge: string) => ({
  ok: false,
  code: "reauthentication_required",
  status: 401,
  headers: { "WWW-Authenticate": `Bearer error="insufficient_user_authentication", ${challenge}` },
  body: { code: "reauthentication_required", error: expect.any(String) },
});

test("R028 an authentication that is too old is refused with the age that would do, by cookie and by token", async () => {
  const browser = await signIn(server, { ...KAVYA, transport: "cookie" });
  const client = await signIn(server, KAVYA);
  const required = { maxAuthAgeSeconds: 300 };
  server.clock.advance(5 * MINUTE);
  for (const carried of [{ cookie: browser.cookie }, { token: client.access }]) {
    expect(await ask(carried, required)).toMatchObject({ ok: true, auth: { amr: ["pwd"] } });
  }
  server.clock.advance(SECOND);
  for (const carried of [{ cookie: browser.cookie }, { token: client.access }]) {
    expect(await ask(carried, required)).toEqual(refusedWith('max_age="300"'));
    expect(await ask(carried, {})).toMatchObject({ ok: true });
  }
});

test("R026 R028 a refresh does not make it recent; a re-authentication does", async () => {
  const { refresh, access } = await signIn(server, KAVYA);
  const required = { maxAuthAgeSeconds: 60 };
  server.clock.advance(2 * MINUTE);
  const refreshed = member(await call(server, "POST", "/refresh", { token: refresh }), "access_token");
  expect(await ask({ token: refreshed }, required)).toEqual(refusedWith('max_age="60"'));
  const body = { password: KAVYA.password };
  const proved = await call(server, "POST", "/reauthenticate", { token: access, body });
  expect(await ask({ token: member(proved, "access_token") }, required)).toMatchObject({ ok: true });
});

test("R028 R116 a further factor is asked for by name, and a re-authentication with it is enough, for that session alone", async () => {
  const [browser, other] = [
    await signIn(server, { ...KAVYA, transport: "cookie" }),
    await signIn(server, { ...KAVYA, transport: "cookie" }),
  ];
  const required = { maxAuthAgeSeconds: 600, amr: ["otp"] };
  const challenge = 'max_age="600", acr_values="otp"';
  expect(await ask({ cookie: browser.cookie }, required)).toEqual(refusedWith(challenge));
  expect(await ask({ cookie: browser.cookie }, { amr: ["pwd"] })).toMatchObject({ ok: true });
  const body = { password: KAVYA.password, second_factor: "123456" };
  const proved = await call(server, "POST", "/reauthenticate", { cookie: browser.cookie, body });
  for (const carried of [{ cookie: cookieOf(proved) }, { token: member(proved, "access_token") }]) {
    expect(await ask(carried, required)).toMatchObject({ ok: true, auth: { amr: ["pwd", "otp", "mfa"] } });
    expect(await ask(carried, { amr: ["otp", "hwk"] })).toEqual(refusedWith('acr_values="otp hwk"'));
  }
  expect(await ask({ cookie: other.cookie }, required)).toEqual(refusedWith(challenge));
});

test("a requirement that is mistyped is a mistake of the application's, never none", async () => {
  const { access } = await signIn(server, KAVYA);
  for (const required of [
    { maxAuthAgeSeconds: -1 },
    { maxAuthAgeSeconds: Number.NaN },
    { maxAuthAgeSeconds: "60" as unknown as number },
    { amr: [] },
    { amr: ['o"tp'] },
    { amr: "otp" as unknown as string[] },
  ]) {
    await expect(ask({ token: access }, required)).rejects.toThrow(TypeError);
  }
});
