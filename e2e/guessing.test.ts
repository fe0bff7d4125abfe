import { randomBytes } from "node:crypto";
import { ERRORS } from "@counterfoil/protocol";
import { expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { MINUTE, SECOND } from "./support/clock.ts";
import { all, from, HOME, OFFICE } from "./support/crowd.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";

const startBehindProxy = () => startLocal({ trustProxy: "127.0.0.1" });

const forged = (prefix: "cfs_" | "cfr_") => `${prefix}${randomBytes(37).toString("base64url")}`;

/** Every way to present a credential that this server never sealed. */
const GUESSES: Readonly<Record<string, (server: LocalServer, address: string) => Promise<Answer>>> = {
  "a cookie at /me": (server, address) => call(server, "GET", "/me", { cookie: forged("cfs_"), ...from(address) }),
  "a cookie at /dashboard": (server, address) =>
    call(server, "GET", "/dashboard", { cookie: forged("cfs_"), ...from(address) }),
  "a cookie at /refresh": (server, address) =>
    call(server, "POST", "/refresh", { cookie: forged("cfs_"), ...from(address) }),
  "a refresh token at /refresh": (server, address) =>
    call(server, "POST", "/refresh", { token: forged("cfr_"), ...from(address) }),
  "a refresh token at /logout": (server, address) =>
    call(server, "POST", "/logout", { token: forged("cfr_"), ...from(address) }),
  "a cookie at /logout": (server, address) =>
    call(server, "POST", "/logout", { cookie: forged("cfs_"), ...from(address) }),
  "a refresh token at /logout/all": (server, address) =>
    call(server, "POST", "/logout/all", { token: forged("cfr_"), ...from(address) }),
};

test.each(Object.entries(GUESSES))(
  "R033 of %s, guessed, the hundred-and-first is 429, and the usual answer once a second later",
  async (_name, ask) => {
    await using server = await startBehindProxy();
    const usual = (await ask(server, HOME)).status;
    expect([204, 401]).toContain(usual);
    expect(await all(149, () => ask(server, HOME))).toEqual({ [usual]: 99, 429: 50 });
    const limited = await ask(server, HOME);
    expect(limited).toMatchObject({ status: 429, headers: { "retry-after": "1" } });
    expect(limited.body).toEqual({ error: ERRORS.too_many_attempts.sentence, code: "too_many_attempts" });
    expect((await server.eventsOf(limited)).map(({ body }) => body)).toMatchObject([{ reason: "forged_or_mistyped" }]);
    server.clock.advance(SECOND);
    expect((await ask(server, HOME)).status).toBe(usual);
    expect((await ask(server, HOME)).status).toBe(429);
    expect((await ask(server, OFFICE)).status).toBe(usual);
  },
);

test("R033 1000 random refresh tokens from one source are 429 and an alert; genuine credentials from that same source go on, and the ledger is not asked", async () => {
  await using server = await startBehindProxy();
  const bearer = await signIn(server, KAVYA, from(HOME));
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" }, from(HOME));
  const { ledger } = server.services;
  let asked = 0;
  const redeem = ledger.redeem.bind(ledger);
  const resolve = ledger.resolveSession.bind(ledger);
  ledger.redeem = (input) => (asked++, redeem(input));
  ledger.resolveSession = (input) => (asked++, resolve(input));
  const ask = GUESSES["a refresh token at /refresh"]!;
  expect(await all(1000, () => ask(server, HOME))).toEqual({ 401: 100, 429: 900 });
  expect(asked).toBe(0);
  const genuine = [
    await call(server, "GET", "/me", { cookie, ...from(HOME) }),
    await call(server, "GET", "/me", { token: bearer.access, ...from(HOME) }),
    await call(server, "POST", "/refresh", { cookie, ...from(HOME) }),
    await call(server, "POST", "/refresh", { token: bearer.refresh, ...from(HOME) }),
    await call(server, "POST", "/login", { body: ARJUN, ...from(HOME) }),
    await call(server, "POST", "/logout", { token: bearer.refresh, ...from(HOME) }),
  ];
  expect(genuine.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 204]);
  // What is over is not forged.
  const over = await call(server, "POST", "/refresh", { token: bearer.refresh, ...from(HOME) });
  expect([over.status, over.body["code"]]).toEqual([401, "invalid_grant"]);

  const suspicions = server.notices.filter(({ type }) => type === "guessing_suspected");
  expect(suspicions).toMatchObject([{ count: 101, context: { remoteAddress: HOME } }]);
  server.clock.advance(MINUTE);
  await all(200, () => ask(server, HOME));
  await server.services.recorder.flush();
  const events = await ledger.readEvents({ limit: 10_000 });
  const told = events.filter(({ body }) => body.type === "guessing_suspected");
  expect(told.map(({ context }) => context?.remoteAddress)).toEqual([HOME, HOME]);
  expect(told.map(({ body }) => body)).toMatchObject([{ count: 101 }, { count: 899 + 61 }]);
});

test("R033 where nobody tells an address, guesses are told and nobody waits: the application's own routes", async () => {
  await using server = await startLocal();
  const request = () => new Request(server.issuer, { headers: { Cookie: `session_id=${forged("cfs_")}` } });
  for (let index = 0; index < 75; index++) {
    const refused = await server.cf.verifier.verifyRequest(request());
    expect(refused).toMatchObject({ ok: false, code: "invalid_session" });
    expect((await server.cf.fetch(new Request(`${server.issuer}/me`, request()))).status).toBe(401);
  }
  expect(server.notices.filter(({ type }) => type === "guessing_suspected")).toMatchObject([{ count: 101 }]);
});
