import { cp } from "node:fs/promises";
import { join } from "node:path";
import { createBearerClient, memoryStorage } from "@counterfoil/client/bearer";
import type { BearerClient, SessionState } from "@counterfoil/client/bearer";
import { fileStorage } from "@counterfoil/client/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { heldClient, startBearerProcess, storedIn } from "./support/bearer.ts";
import { HOUR, SECOND } from "./support/clock.ts";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import type { Fate, LossyProxy } from "./support/lossy-proxy.ts";
import { openLossyProxy } from "./support/lossy-proxy.ts";
import { seeded } from "./support/random.ts";
import { ARJUN, claimsOf, KAVYA } from "./support/sign-in.ts";

let server: LocalServer;
let proxy: LossyProxy;
let directory: Directory;
let count = 0;

beforeAll(async () => {
  server = await startLocal();
  proxy = await openLossyProxy(server);
  directory = await temporaryDirectory();
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const somewhere = () => join(directory.path, String(count++));

function newClient(path = somewhere(), retryForSeconds = 30): { readonly client: BearerClient; readonly path: string } {
  const { url } = proxy;
  const options = { url, storage: fileStorage(path), apiOrigins: [url], retryForSeconds };
  return { client: heldClient(server.clock, options), path };
}

async function signedIn(user: { readonly username: string; readonly password: string } = KAVYA, path?: string) {
  const made = newClient(path);
  expect(await made.client.login(user)).toMatchObject({ ok: true, user: { username: user.username } });
  return made;
}

/** Does `work` while each request to one of the paths has this fate. */
async function during<T>(fate: Fate, work: () => Promise<T>, paths = ["/refresh", "/logout", "/me", "/login"]) {
  proxy.fate = ({ url }) => (paths.includes(url!) ? fate : "passes");
  try {
    return await work();
  } finally {
    proxy.fate = () => "passes";
    await proxy.idle();
  }
}

/** What `work` fails with, while its refreshes, or the answers to them, are kept. */
async function refreshingLate(work: () => Promise<unknown>, fate: Fate = "answer_kept"): Promise<unknown> {
  proxy.fate = ({ url }) => (url === "/refresh" ? fate : "passes");
  return work().catch((error: unknown) => error);
}

async function released(): Promise<void> {
  proxy.fate = () => "passes";
  proxy.release();
  await proxy.idle();
}

const countOf = (path: string) => proxy.seen.filter((each) => each.startsWith(path)).length;

async function eventsOf(sid: string, type: string) {
  await server.services.recorder.flush();
  const events = await server.services.ledger.readEvents({ sid: sid as never, limit: 1000 });
  return events.filter(({ body }) => body.type === type);
}

const sidOf = (client: BearerClient) => (client.session.current as { readonly sid: string }).sid;

/** Another token than the one that it holds, as if an API had refused that. */
async function renewed(client: BearerClient): Promise<string | null> {
  return client.accessToken({ refused: (await client.accessToken()) ?? "" });
}

describe("a session", () => {
  test("is signed in to, used, and still there in another process", async () => {
    const { client, path } = newClient();
    expect(await client.ready).toEqual({ status: "signed_out", reason: "no_session", endReason: null });
    expect(await client.login({ ...KAVYA, password: "wrong" })).toMatchObject({
      ok: false,
      code: "invalid_credentials",
    });
    expect(await client.login({ ...KAVYA, deviceName: "the harbour office" })).toMatchObject({ ok: true });
    const me = await client.fetch(`${proxy.url}/me`);
    expect(await me.json()).toMatchObject({ user: { username: "kavya" }, session: { device: "the harbour office" } });

    const again = newClient(path).client;
    expect(await again.ready).toEqual(client.session.current);
    expect((await again.fetch(`${proxy.url}/sessions`)).status).toBe(200);
  });

  test("20 calls at once that all need a token are one redemption", async () => {
    const { client } = await signedIn();
    server.clock.advance(HOUR);
    const before = countOf("POST /refresh");
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.fetch(`${proxy.url}/me`)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(countOf("POST /refresh") - before).toBe(1);
  });

  test("a change of roles brings a new token and the new roles, without a sign-in, also for a request with a body", async () => {
    const { client } = await signedIn(ARJUN);
    const sub = claimsOf((await client.accessToken())!).sub;
    const states: SessionState[] = [];
    client.session.subscribe((state) => states.push(state));
    await server.cf.users.setRoles(sub, ["editor", "user"]);
    const password = { current_password: ARJUN.password, new_password: "a kettle on the stove" };
    const before = countOf("POST /refresh");
    const answers = await Promise.all([
      client.fetch(`${proxy.url}/me`),
      client.fetch(`${proxy.url}/reauthenticate`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ password: password.current_password }),
      }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(countOf("POST /refresh") - before).toBe(1);
    await expect.poll(() => client.session.current).toMatchObject({ user: { roles: ["editor", "user"] } });
    expect(states.map(({ status }) => status)).toEqual(["signed_in", "signed_in"]);
  });

  test("that was ended elsewhere is over for this client too, and that is said once", async () => {
    const { client } = await signedIn();
    const states: SessionState[] = [];
    client.session.subscribe((state) => states.push(state));
    await server.cf.sessions.revoke(sidOf(client));
    expect((await client.fetch(`${proxy.url}/me`)).status).toBe(401);
    expect(await client.accessToken()).toBe(null);
    expect(states.slice(1)).toEqual([{ status: "signed_out", reason: "session_over", endReason: null }]);
  });

  test("takes the place of the one before, which ends; what was begun in that one is not finished in this", async () => {
    const { client } = await signedIn();
    const before = sidOf(client);
    server.clock.advance(HOUR);
    const failure = refreshingLate(() => client.fetch(`${proxy.url}/me`));
    await expect.poll(() => proxy.seen.at(-1)).toBe("POST /refresh answer_kept");
    await client.login({ ...ARJUN });
    expect(await failure).toMatchObject({ name: "AbortError" });
    await released();
    expect(client.session.current).toMatchObject({ status: "signed_in", user: { username: "arjun" } });
    expect((await client.fetch(`${proxy.url}/me`)).status).toBe(200);
    await expect.poll(() => eventsOf(before, "session_ended")).toHaveLength(1);
  });
});

describe("a fault", () => {
  const faults: readonly Fate[] = ["request_lost", "answer_lost", "proxy_401", "proxy_503"];

  test.each(faults)("%s is no sign-out: an error after a bound, and all as before when it is over", async (fate) => {
    const { client, path } = newClient(undefined, 2);
    await client.login(KAVYA);
    const before = client.session.current;
    server.clock.advance(HOUR);
    await during(fate, async () => {
      const attempts = countOf("POST /refresh");
      await expect(client.fetch(`${proxy.url}/me`)).rejects.toMatchObject({
        name: "ClientError",
        code: "unavailable",
      });
      expect(countOf("POST /refresh") - attempts).toBeGreaterThan(1);
    });
    expect(client.session.current).toBe(before);
    expect((await client.fetch(`${proxy.url}/me`)).status).toBe(200);
    expect((await newClient(path).client.fetch(`${proxy.url}/me`)).status).toBe(200);
  });

  test("at a sign-in is a value, and leaves no session behind", async () => {
    const { client } = newClient(undefined, 0);
    const at = (path: string) => during("answer_lost", () => client.login(KAVYA), [path]);
    expect(await at("/login")).toMatchObject({ ok: false, code: "unavailable" });
    expect(await at("/me")).toMatchObject({ ok: false, code: "unavailable" });
    expect(client.session.current).toMatchObject({ status: "signed_out" });
    await expect.poll(() => countOf("POST /logout passes")).toBeGreaterThan(0);
  });

  test("a server that asks for patience gets it, and the caller hears for how long", async () => {
    await using other = await openLossyProxy(server, () => "proxy_503");
    const client = heldClient(server.clock, { url: other.url, storage: memoryStorage(), retryForSeconds: 0 });
    expect(await client.login(KAVYA)).toMatchObject({ ok: false, code: "unavailable", retryAfterSeconds: 1 });
  });

  test("a wrong address is an error at once", async () => {
    const client = heldClient(server.clock, { url: `${proxy.url}/elsewhere`, storage: memoryStorage() });
    expect(await client.login(KAVYA)).toMatchObject({ ok: false, code: "not_found" });
  });
});

describe("a sign-out", () => {
  test("is confirmed, and nothing of the session is good any more", async () => {
    const { client, path } = await signedIn();
    const token = (await client.accessToken())!;
    expect(await client.logout()).toEqual({ ok: true });
    expect(client.session.current).toEqual({ status: "signed_out", reason: "logout", endReason: null });
    expect((await call(server, "GET", "/me", { token })).body["code"]).toBe("invalid_token");
    expect(await storedIn(fileStorage(path))).toMatchObject({ session: null, ended: [] });
    expect(await client.logout()).toEqual({ ok: true });
  });

  test("without a network is remembered, told before anything else when it is back, and nobody is signed in meanwhile", async () => {
    const { client, path } = await signedIn();
    const sid = sidOf(client);
    const told = await during("request_lost", () => client.logout());
    expect(told).toMatchObject({
      ok: false,
      code: "unavailable",
      error: expect.stringContaining("will be told") as string,
    });
    expect(await client.accessToken()).toBe(null);
    expect(await storedIn(fileStorage(path))).toMatchObject({ session: null, ended: [expect.stringMatching(/^cfr_/)] });

    const before = proxy.seen.length;
    const next = newClient(path).client;
    expect(await next.ready).toEqual({ status: "signed_out", reason: "no_session", endReason: null });
    expect(await next.login(ARJUN)).toMatchObject({ ok: true });
    expect(proxy.seen.slice(before, before + 2)).toEqual(["POST /logout passes", "POST /login passes"]);
    expect(await eventsOf(sid, "session_ended")).toHaveLength(1);
    expect(await storedIn(fileStorage(path))).toMatchObject({ ended: [] });
    expect(next.session.current).toMatchObject({ status: "signed_in", user: { username: "arjun" } });
  });

  test("that is still remembered goes before the next refresh too", async () => {
    const { client } = await signedIn();
    await during("request_lost", () => client.logout());
    const lost = countOf("POST /logout request_lost");
    const signIn = async () => {
      expect(await client.login(ARJUN)).toMatchObject({ ok: true });
      await expect.poll(() => countOf("POST /logout request_lost") - lost).toBe(2);
    };
    await during("request_lost", signIn, ["/logout"]);
    server.clock.advance(HOUR);
    const before = proxy.seen.length;
    expect((await client.fetch(`${proxy.url}/me`)).status).toBe(200);
    expect(proxy.seen.slice(before, before + 2)).toEqual(["POST /logout passes", "POST /refresh passes"]);
  });

  test("while a refresh is under way stays one: its answer brings nobody back", async () => {
    const { client, path } = await signedIn();
    server.clock.advance(HOUR);
    const failure = refreshingLate(() => client.accessToken());
    await expect.poll(() => proxy.seen.at(-1)).toBe("POST /refresh answer_kept");
    expect(await client.logout()).toEqual({ ok: true });
    expect(await failure).toMatchObject({ name: "AbortError" });
    await released();
    expect(client.session.current).toMatchObject({ status: "signed_out", reason: "logout" });
    expect(await storedIn(fileStorage(path))).toMatchObject({ session: null });
  });
});

describe("the storage", () => {
  test("R066 a thief with a copy of it at rest and the honest client end the session, whoever comes first", async () => {
    for (const first of ["thief", "client"]) {
      const { client, path } = await signedIn();
      server.clock.advance(31 * SECOND);
      await renewed(client);
      const copy = somewhere();
      await cp(path, copy, { recursive: true });
      expect((await storedIn(fileStorage(copy))).session).toMatchObject({ idempotency_key: null });
      const thief = newClient(copy).client;
      for (const each of first === "thief" ? [thief, client] : [client, thief]) {
        server.clock.advance(31 * SECOND);
        await renewed(each);
      }
      expect(await renewed(client)).toBe(null);
      expect(await renewed(thief)).toBe(null);
      expect(client.session.current).toMatchObject({ status: "signed_out", reason: "session_over" });
    }
  });

  test.each([0, HOUR])(
    "R065 killed between an answer and its storing, the client is signed in when it starts again %i ms later",
    async (pause) => {
      const { client, path } = await signedIn();
      const sid = sidOf(client);
      server.clock.advance(31 * SECOND);
      await using killed = startBearerProcess(proxy.url, path, "killed");
      await expect(killed.renew(1)).rejects.toThrow("has ended");
      expect(await killed.ended).toBe("SIGKILL");
      expect((await storedIn(fileStorage(path))).session?.idempotency_key).toMatch(/^[\w-]{22}$/);
      expect(await eventsOf(sid, "refresh_rotated")).toHaveLength(1);
      server.clock.advance(pause);
      const next = newClient(path).client;
      expect((await next.fetch(`${proxy.url}/me`)).status).toBe(200);
      expect(sidOf(next)).toBe(sid);
      expect(await eventsOf(sid, "refresh_rotated")).toHaveLength(1);
    },
  );

  test("two processes share one through a network that loses, keeps and repeats: no sign-out, no fork", async () => {
    const { client, path } = await signedIn();
    const sid = sidOf(client);
    await using one = startBearerProcess(proxy.url, path);
    await using two = startBearerProcess(proxy.url, path);
    const random = seeded(5);
    const fates: readonly Fate[] = [
      ...(["request_lost", "answer_lost", "request_late", "answer_late", "repeated"] as const),
      ...(["answer_lost", "repeated", "black_hole", "proxy_401", "proxy_503", "passes", "passes"] as const),
    ];
    proxy.fate = () => fates[Math.floor(random() * fates.length)]!;
    const rounds = 20;
    for (let round = 0; round < rounds; round++) {
      const told = await Promise.all([one.renew(3), two.renew(2)]);
      const good = { distinct: 1, signedIn: true, state: "signed_in" };
      expect({ round, told }).toEqual({ round, told: [good, good] });
      // What is on its way arrives within the interval that the server allows for.
      await proxy.idle();
      server.clock.advance(31 * SECOND);
    }
    proxy.fate = () => "passes";
    expect(await eventsOf(sid, "refresh_reused")).toEqual([]);
    expect((await eventsOf(sid, "refresh_rotated")).length).toBeGreaterThanOrEqual(rounds);
    const { session } = (await server.services.ledger.readSession(sid as never))!;
    expect(await eventsOf(sid, "refresh_rotated")).toHaveLength(session.counter);
    expect((await client.fetch(`${proxy.url}/me`)).status).toBe(200);
  });

  test("has another session by the time that the old one is refused: that is no sign-out of the new one", async () => {
    const { client, path } = await signedIn();
    server.clock.advance(HOUR);
    const failure = refreshingLate(() => client.accessToken(), "request_kept");
    await expect.poll(() => proxy.seen.at(-1)).toBe("POST /refresh request_kept");
    const other = (await signedIn(ARJUN, path)).client;
    await expect.poll(async () => (await storedIn(fileStorage(path))).ended).toEqual([]);
    await released();
    expect(await failure).toMatchObject({ name: "AbortError" });
    expect(client.session.current).toEqual(other.session.current);
    expect((await client.fetch(`${proxy.url}/me`)).status).toBe(200);
  });

  test("of another server is refused, so that no server gets another's tokens", async () => {
    const { path } = await signedIn();
    const client = createBearerClient({ url: "https://other.example.com/auth", storage: fileStorage(path) });
    await expect(client.ready).rejects.toMatchObject({ name: "StorageError", code: "foreign" });
    await expect(client.login(KAVYA)).rejects.toMatchObject({ name: "StorageError", code: "foreign" });
  });

  test("that fails when the successor is to be stored costs an error, and no session", async () => {
    const storage = memoryStorage();
    let isFull = false;
    const failing = {
      ...storage,
      replace: (before: string | null, text: string) =>
        isFull && text.includes('"idempotency_key":null')
          ? Promise.reject(new Error("no space left"))
          : storage.replace(before, text),
    };
    const client = heldClient(server.clock, { url: proxy.url, storage: failing });
    await client.login(KAVYA);
    server.clock.advance(HOUR);
    isFull = true;
    // Nor is the token handed out that came with a successor that is not stored.
    for (let time = 0; time < 2; time++) await expect(client.accessToken()).rejects.toThrow("no space left");
    isFull = false;
    server.clock.advance(HOUR);
    expect(await client.accessToken()).toMatch(/^ey/);
  });
});
