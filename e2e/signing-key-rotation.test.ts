import { decodeProtectedHeader, createLocalJWKSet, errors, jwtVerify } from "jose";
import type { JSONWebKeySet } from "jose";
import { mintAccessToken, rotateSigningKey, systemRandom } from "@counterfoil/core";
import type { Session } from "@counterfoil/core";
import type { Fetch, VerifierClock } from "@counterfoil/verifier";
import { expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { DAY, HeldClock, MINUTE, SECOND } from "./support/clock.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { newSecret, startLocal } from "./support/local.ts";
import type { Service } from "./support/service.ts";
import { startService } from "./support/service.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";
import { register } from "./support/verifier.ts";

const AUDIENCE = "https://api.example";
const CONTEXT = { requestId: "req_test", remoteAddress: null, userAgent: null };

/** Two servers on one SQLite file and one clock, with one issuer, as behind a balancer. */
async function pair(clock: HeldClock) {
  const directory = await temporaryDirectory();
  const options = {
    data: directory.path,
    clock,
    secret: newSecret(),
    audience: AUDIENCE,
    signingKeyLifetimeDays: 1,
    authenticate: async () => ({ subject: "kavya", roles: ["admin"] }),
    users: [],
  };
  const one = await startLocal(options);
  const two = await startLocal({ ...options, issuer: one.issuer });
  return {
    servers: [one, two] as const,
    async [Symbol.asyncDispose]() {
      await two[Symbol.asyncDispose]();
      await one[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/**
 * A resource server with the JWK Set alone, which it caches for as long as the answer allows and not a moment less: it
 * never asks again for a kid that it does not know.
 */
class CachingVerifier {
  #set: JSONWebKeySet = { keys: [] };
  #until = 0;
  readonly #clock: HeldClock;

  constructor(clock: HeldClock) {
    this.#clock = clock;
  }

  async verify(token: string, server: LocalServer): Promise<string> {
    if (this.#clock.now() >= this.#until) {
      const answer = await call(server, "GET", "/.well-known/jwks.json");
      const [, seconds] = /max-age=(\d+)/.exec(String(answer.headers["cache-control"]))!;
      this.#until = this.#clock.now() + Number(seconds) * SECOND;
      this.#set = answer.body as unknown as JSONWebKeySet;
    }
    const options = { issuer: server.issuer, audience: AUDIENCE, currentDate: new Date(this.#clock.now()) };
    try {
      await jwtVerify(token, createLocalJWKSet(this.#set), options);
      return "accepted";
    } catch (error) {
      return error instanceof errors.JOSEError ? error.code : String(error);
    }
  }
}

const login = async (server: LocalServer) =>
  String((await call(server, "POST", "/login", { body: KAVYA })).body["access_token"]);

test("R139 20 rotations under load, on two servers: no valid token is refused, none under a key that is gone is accepted", async () => {
  const clock = new HeldClock();
  await using both = await pair(clock);
  const { servers } = both;
  const verifier = new CachingVerifier(clock);
  // Ours, too, by each server: it keeps the JWK Set for as long, and has tokens in its cache.
  await using stack = new AsyncDisposableStack();
  const services = await Promise.all(servers.map(async (server) => stack.use(await serviceOf(server, clock))));
  const refused: string[] = [];
  const live: { token: string; until: number }[] = [];
  const kids = new Set<string>();
  const check = async (token: string, server: LocalServer) => {
    const seen = [
      await verifier.verify(token, server),
      ...(await Promise.all(services.map((service) => service.check(token)))),
      (await call(server, "GET", "/me", { token })).status,
    ];
    if (seen.join(" ") !== "accepted accepted accepted 200") refused.push(`${kids.size}: ${seen.join(" ")}`);
  };
  for (let turn = 0; kids.size <= 20; turn++) {
    // A minute goes by, in which each server looks once: half as often as it does.
    for (const server of turn % 2 === 0 ? servers : servers.toReversed()) {
      clock.advance(30 * SECOND);
      await server.services.upkeep();
    }
    // After twenty minutes of work it is a day later: the key has signed for as long as it may.
    if (turn % 20 === 19) clock.advance(DAY);
    const minted = await Promise.all(servers.map(login));
    for (const token of minted) {
      kids.add(String(decodeProtectedHeader(token).kid));
      live.push({ token, until: clock.now() + 10 * MINUTE });
    }
    // The youngest and the oldest that is good, each at the server that did not mint it.
    while (live[0]!.until <= clock.now() + 1_000) live.shift();
    await check(minted[0]!, servers[1]);
    await check(minted[1]!, servers[0]);
    await check(live[0]!.token, servers[turn % 2]!);
  }
  expect(refused).toEqual([]);
  const [one, two] = servers;
  // A key that is gone: what is signed with it now is refused by everybody, however good it looks.
  const before = one.services.keys.current;
  const session = await sessionOf(one);
  await rotateSigningKey(one.services, { algorithm: "ES256", now: true, context: CONTEXT });
  clock.advance(16 * MINUTE);
  for (const server of [one, two, one, two]) await server.services.upkeep();
  const { settings } = one.services;
  const forged = mintAccessToken({
    ...settings,
    session,
    now: clock.now(),
    ttlSeconds: 600,
    key: before,
    random: systemRandom,
    added: undefined,
  }).token;
  clock.advance(5 * MINUTE);
  expect(await verifier.verify(forged, one)).toBe("ERR_JWKS_NO_MATCHING_KEY");
  for (const service of services) expect(await service.check(forged)).toBe("401 unknown_key");
  for (const server of servers)
    expect((await call(server, "GET", "/me", { token: forged })).body["code"]).toBe("invalid_token");
}, 300_000);

/** A service that follows that server's feed, and its JWK Set, on the test's clock. */
async function serviceOf(server: LocalServer, clock: HeldClock): Promise<Service> {
  const { issuer, port } = server;
  const credential = await register(server, `service-${port}`);
  // The one issuer is the first server's address: each service asks the server that it is given to.
  const fetchHere: Fetch = (url, init) => fetch(url.replace(new URL(issuer).origin, `http://localhost:${port}`), init);
  const held: VerifierClock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    // Time limits of requests, which take real time.
    after(milliseconds, action) {
      const timer = setTimeout(action, milliseconds);
      return () => clearTimeout(timer);
    },
  };
  return startService({ issuer, credential }, { audience: AUDIENCE, feed: "poll", clock: held, fetch: fetchHere });
}

async function sessionOf(server: LocalServer): Promise<Session> {
  await login(server);
  return (await server.services.ledger.listAllSessions({ cursor: null, limit: 1 })).sessions[0]!;
}

test("a revoked key is refused by both servers at once, the announced one signs in its place, and nobody signs in again", async () => {
  const clock = new HeldClock();
  await using both = await pair(clock);
  const [one, two] = both.servers;
  const admin = await signIn(one, KAVYA);
  const keys = async (server: LocalServer) => (await call(server, "GET", "/admin/keys", { token: admin.access })).body;
  const kid = String(decodeProtectedHeader(admin.access).kid);
  expect(await keys(one)).toEqual({
    keys: [
      expect.objectContaining({
        kid,
        state: "signing",
        retired_at: null,
        next: { step: "successor", at: expect.any(Number) },
      }),
    ],
  });
  const announced = await call(one, "POST", "/admin/keys/rotate", { token: admin.access });
  expect(announced.body).toMatchObject({ outcome: "announced", keys: [{ kid }, { state: "announced" }] });
  const next = String(announced.body["kid"]);
  const revoked = await call(one, "POST", `/admin/keys/${kid}/revoke`, { token: admin.access });
  expect(revoked.body).toMatchObject({ outcome: "revoked", kid, keys: [{ kid: next, state: "signing" }] });
  const event = (await one.eventsOf(revoked)).find(({ body }) => body.type === "signing_key_revoked");
  expect(event?.context?.actor).toBe("kavya");
  await two.services.revoked();
  for (const server of both.servers) {
    expect((await call(server, "GET", "/me", { token: admin.access })).body["code"]).toBe("invalid_token");
  }
  await two.services.upkeep();
  const refreshed = await call(two, "POST", "/refresh", { token: admin.refresh });
  expect([refreshed.status, decodeProtectedHeader(String(refreshed.body["access_token"])).kid]).toEqual([200, next]);
  const again = await call(two, "POST", `/admin/keys/${kid}/revoke`, { token: String(refreshed.body["access_token"]) });
  expect(again.body["outcome"]).toBe("already_revoked");
});

test("a rotation at once: the other server accepts the new key's tokens before it has looked, and no unknown key is revoked", async () => {
  const clock = new HeldClock();
  await using both = await pair(clock);
  const [one, two] = both.servers;
  const admin = await signIn(one, KAVYA);
  const rotated = await call(one, "POST", "/admin/keys/rotate", { token: admin.access, body: { now: true } });
  expect(rotated.body).toMatchObject({ outcome: "promoted", keys: [{ state: "retired" }, { state: "signing" }] });
  const token = await login(one);
  expect(decodeProtectedHeader(token).kid).toBe(rotated.body["kid"]);
  expect((await call(two, "GET", "/me", { token })).status).toBe(200);
  expect((await call(two, "GET", "/me", { token: admin.access })).status).toBe(200);
  const unknown: Answer = await call(one, "POST", "/admin/keys/nothing/revoke", { token });
  expect([unknown.status, unknown.body["code"]]).toEqual([404, "not_found"]);
  const wrong = await call(one, "POST", "/admin/keys/rotate", { token, body: { now: "yes" } });
  expect([wrong.status, wrong.body["code"]]).toEqual([400, "invalid_request"]);
});
