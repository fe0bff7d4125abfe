import { inspect } from "node:util";
import { memoryStorage } from "@counterfoil/client/bearer";
import type { SessionState } from "@counterfoil/client/bearer";
import { fileStorage } from "@counterfoil/client/node";
import type { Sid } from "@counterfoil/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { heldClient, sidOf, startBearerPlace, storedIn } from "./support/bearer.ts";
import type { BearerPlace } from "./support/bearer.ts";
import { HOUR } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import type { Fate, LossyProxy } from "./support/lossy-proxy.ts";
import { openLossyProxy } from "./support/lossy-proxy.ts";
import { ARJUN, claimsOf, KAVYA } from "./support/sign-in.ts";

let place: BearerPlace;
let server: LocalServer;
let proxy: LossyProxy;

beforeAll(async () => {
  place = await startBearerPlace();
  ({ server, proxy } = place);
});
afterAll(() => place[Symbol.asyncDispose]());

describe("a session", () => {
  test("is signed in to, used, and still there in another process", async () => {
    const { client, path } = place.newClient();
    expect(await client.ready).toEqual({ status: "signed_out", reason: "no_session", endReason: null });
    expect(await client.login({ ...KAVYA, password: "wrong" })).toMatchObject({
      ok: false,
      code: "invalid_credentials",
    });
    expect(await client.login({ ...KAVYA, deviceName: "the harbour office" })).toMatchObject({ ok: true });
    const me = await client.fetch(`${proxy.url}/me`);
    expect(await me.json()).toMatchObject({ user: { username: "kavya" }, session: { device: "the harbour office" } });

    // Nor is a token in what a log would have of it.
    expect(inspect([client, fileStorage(path)], { depth: null, showHidden: true })).not.toMatch(/cfr_|eyJ/);

    const again = place.newClient(path).client;
    expect(await again.ready).toEqual(client.session.current);
    expect((await again.fetch(`${proxy.url}/sessions`)).status).toBe(200);
  });

  test("20 calls at once that all need a token are one redemption", async () => {
    const { client } = await place.signedIn();
    server.clock.advance(HOUR);
    const before = place.countOf("POST /refresh");
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.fetch(`${proxy.url}/me`)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(place.countOf("POST /refresh") - before).toBe(1);
  });

  test("a change of roles brings a new token and the new roles, without a sign-in, also for a request with a body", async () => {
    const { client } = await place.signedIn(ARJUN);
    const sub = claimsOf((await client.accessToken())!).sub;
    const states: SessionState[] = [];
    client.session.subscribe((state) => states.push(state));
    await server.cf.users.setRoles(sub, ["editor", "user"]);
    const password = { current_password: ARJUN.password, new_password: "a kettle on the stove" };
    const before = place.countOf("POST /refresh");
    const answers = await Promise.all([
      client.fetch(`${proxy.url}/me`),
      client.fetch(`${proxy.url}/reauthenticate`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ password: password.current_password }),
      }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(place.countOf("POST /refresh") - before).toBe(1);
    await expect.poll(() => client.session.current).toMatchObject({ user: { roles: ["editor", "user"] } });
    expect(states.map(({ status }) => status)).toEqual(["signed_in", "signed_in"]);
  });

  test("that was ended elsewhere is over for this client too, and that is said once", async () => {
    const { client } = await place.signedIn();
    const states: SessionState[] = [];
    client.session.subscribe((state) => states.push(state));
    await server.cf.sessions.revoke(sidOf(client));
    expect((await client.fetch(`${proxy.url}/me`)).status).toBe(401);
    expect(await client.accessToken()).toBe(null);
    expect(states.slice(1)).toEqual([{ status: "signed_out", reason: "session_over", endReason: null }]);
  });

  test("goes on while somebody is there, though it is renewed in the background alone, and ends when nobody is", async () => {
    const { client } = await place.signedIn();
    const sid = sidOf(client);
    const lastActive = async () => (await server.services.ledger.readSession(sid as Sid))!.session.lastActiveAt;
    const begun = await lastActive();
    const renewInBackground = async () => {
      server.clock.advance(HOUR);
      expect(await client.accessToken({ background: true })).toMatch(/^ey/);
    };
    await renewInBackground();
    expect(await lastActive()).toBe(begun);
    // With the token that is there: nothing is asked of the server.
    expect(await client.accessToken()).toMatch(/^ey/);
    await renewInBackground();
    const active = await lastActive();
    expect(active).toBeGreaterThan(begun);
    await renewInBackground();
    expect(await lastActive()).toBe(active);
  });

  test("takes the place of the one before, which ends; what was begun in that one is not finished in this", async () => {
    const { client } = await place.signedIn();
    const before = sidOf(client);
    server.clock.advance(HOUR);
    const failure = place.refreshingLate(() => client.fetch(`${proxy.url}/me`));
    await expect.poll(() => proxy.seen.at(-1)).toBe("POST /refresh answer_kept");
    await client.login({ ...ARJUN });
    expect(await failure).toMatchObject({ name: "AbortError" });
    await place.released();
    expect(client.session.current).toMatchObject({ status: "signed_in", user: { username: "arjun" } });
    expect((await client.fetch(`${proxy.url}/me`)).status).toBe(200);
    await expect.poll(() => place.eventsOf(before, "session_ended")).toHaveLength(1);
  });
});

describe("a fault", () => {
  const faults: readonly Fate[] = ["request_lost", "answer_lost", "proxy_401", "proxy_503"];

  test.each(faults)("%s is no sign-out: an error after a bound, and all as before when it is over", async (fate) => {
    const { client, path } = place.newClient(undefined, 2);
    await client.login(KAVYA);
    const before = client.session.current;
    server.clock.advance(HOUR);
    await place.during(fate, async () => {
      const attempts = place.countOf("POST /refresh");
      const failure = await client.fetch(`${proxy.url}/me`).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: "ClientError", code: "unavailable" });
      expect(inspect(failure, { depth: null, showHidden: true })).not.toMatch(/cfr_|eyJ/);
      expect(place.countOf("POST /refresh") - attempts).toBeGreaterThan(1);
    });
    expect(client.session.current).toBe(before);
    expect((await client.fetch(`${proxy.url}/me`)).status).toBe(200);
    expect((await place.newClient(path).client.fetch(`${proxy.url}/me`)).status).toBe(200);
  });

  test("at a sign-in is a value, and leaves no session behind", async () => {
    const { client } = place.newClient(undefined, 0);
    const at = (path: string) => place.during("answer_lost", () => client.login(KAVYA), [path]);
    expect(await at("/login")).toMatchObject({ ok: false, code: "unavailable" });
    expect(await at("/me")).toMatchObject({ ok: false, code: "unavailable" });
    expect(client.session.current).toMatchObject({ status: "signed_out" });
    await expect.poll(() => place.countOf("POST /logout passes")).toBeGreaterThan(0);
  });

  test("a server that asks for patience gets it, and the caller hears for how long", async () => {
    await using other = await openLossyProxy(server, () => "proxy_503");
    const client = heldClient(server.clock, { url: other.url, storage: memoryStorage(), retryForSeconds: 0 });
    expect(await client.login(KAVYA)).toMatchObject({ ok: false, code: "unavailable", retryAfterSeconds: 1 });
  });

  test("closed while a refresh is under way it gives that up, and the user stays signed in", async () => {
    const { client, path } = await place.signedIn();
    server.clock.advance(HOUR);
    const failure = place.refreshingLate(() => client.accessToken());
    await expect.poll(() => proxy.seen.at(-1)).toBe("POST /refresh answer_kept");
    client.close();
    expect(await failure).toMatchObject({ name: "AbortError" });
    await expect(client.accessToken()).rejects.toMatchObject({ name: "AbortError" });
    await place.released();
    expect(client.session.current).toMatchObject({ status: "signed_in" });
    expect((await place.newClient(path).client.fetch(`${proxy.url}/me`)).status).toBe(200);
  });

  test("a wrong address is an error at once", async () => {
    const client = heldClient(server.clock, { url: `${proxy.url}/elsewhere`, storage: memoryStorage() });
    expect(await client.login(KAVYA)).toMatchObject({ ok: false, code: "not_found" });
  });
});

describe("a sign-out", () => {
  test("is confirmed, and nothing of the session is good any more", async () => {
    const { client, path } = await place.signedIn();
    const token = (await client.accessToken())!;
    expect(await client.logout()).toEqual({ ok: true });
    expect(client.session.current).toEqual({ status: "signed_out", reason: "logout", endReason: null });
    expect((await call(server, "GET", "/me", { token })).body["code"]).toBe("invalid_token");
    expect(await storedIn(fileStorage(path))).toMatchObject({ session: null, ended: [] });
    expect(await client.logout()).toEqual({ ok: true });
  });

  test("without a network is remembered, told before anything else when it is back, and nobody is signed in meanwhile", async () => {
    const { client, path } = await place.signedIn();
    const sid = sidOf(client);
    const told = await place.during("request_lost", () => client.logout());
    expect(told).toMatchObject({
      ok: false,
      code: "unavailable",
      error: expect.stringContaining("will be told") as string,
    });
    expect(await client.accessToken()).toBe(null);
    expect(await storedIn(fileStorage(path))).toMatchObject({ session: null, ended: [expect.stringMatching(/^cfr_/)] });

    const before = proxy.seen.length;
    const next = place.newClient(path).client;
    expect(await next.ready).toEqual({ status: "signed_out", reason: "no_session", endReason: null });
    expect(await next.login(ARJUN)).toMatchObject({ ok: true });
    expect(proxy.seen.slice(before, before + 2)).toEqual(["POST /logout passes", "POST /login passes"]);
    expect(await place.eventsOf(sid, "session_ended")).toHaveLength(1);
    expect(await storedIn(fileStorage(path))).toMatchObject({ ended: [] });
    expect(next.session.current).toMatchObject({ status: "signed_in", user: { username: "arjun" } });
  });

  test("that is still remembered goes before the next refresh too", async () => {
    const { client } = await place.signedIn();
    await place.during("request_lost", () => client.logout());
    const lost = place.countOf("POST /logout request_lost");
    const signIn = async () => {
      expect(await client.login(ARJUN)).toMatchObject({ ok: true });
      await expect.poll(() => place.countOf("POST /logout request_lost") - lost).toBe(2);
    };
    await place.during("request_lost", signIn, ["/logout"]);
    server.clock.advance(HOUR);
    const before = proxy.seen.length;
    expect((await client.fetch(`${proxy.url}/me`)).status).toBe(200);
    expect(proxy.seen.slice(before, before + 2)).toEqual(["POST /logout passes", "POST /refresh passes"]);
  });

  test("while a refresh is under way stays one: its answer brings nobody back", async () => {
    const { client, path } = await place.signedIn();
    server.clock.advance(HOUR);
    const failure = place.refreshingLate(() => client.accessToken());
    await expect.poll(() => proxy.seen.at(-1)).toBe("POST /refresh answer_kept");
    expect(await client.logout()).toEqual({ ok: true });
    expect(await failure).toMatchObject({ name: "AbortError" });
    await place.released();
    expect(client.session.current).toMatchObject({ status: "signed_out", reason: "logout" });
    expect(await storedIn(fileStorage(path))).toMatchObject({ session: null });
  });
});
