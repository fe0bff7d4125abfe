import { cp } from "node:fs/promises";
import { createBearerClient, memoryStorage } from "@counterfoil/client/bearer";
import { fileStorage } from "@counterfoil/client/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heldClient, sidOf, startBearerPlace, storedIn } from "./support/bearer.ts";
import type { BearerPlace } from "./support/bearer.ts";
import { startBearerProcess } from "./support/bearer-program.ts";
import { HOUR, SECOND } from "./support/clock.ts";
import type { LocalServer } from "./support/local.ts";
import type { Fate, LossyProxy } from "./support/lossy-proxy.ts";
import { seeded } from "./support/random.ts";
import { ARJUN, KAVYA } from "./support/sign-in.ts";

let place: BearerPlace;
let server: LocalServer;
let proxy: LossyProxy;

beforeAll(async () => {
  place = await startBearerPlace();
  ({ server, proxy } = place);
});
afterAll(() => place[Symbol.asyncDispose]());

test("R066 a thief with a copy of it at rest and the honest client end the session, whoever comes first", async () => {
  for (const first of ["thief", "client"]) {
    const { client, path } = await place.signedIn();
    server.clock.advance(31 * SECOND);
    await place.renewed(client);
    const copy = place.somewhere();
    await cp(path, copy, { recursive: true });
    expect((await storedIn(fileStorage(copy))).session).toMatchObject({ idempotency_key: null });
    const thief = place.newClient(copy).client;
    for (const each of first === "thief" ? [thief, client] : [client, thief]) {
      server.clock.advance(31 * SECOND);
      await place.renewed(each);
    }
    expect(await place.renewed(client)).toBe(null);
    expect(await place.renewed(thief)).toBe(null);
    expect(client.session.current).toMatchObject({ status: "signed_out", reason: "session_over" });
  }
});

test.each([0, HOUR])(
  "R065 killed between an answer and its storing, the client is signed in when it starts again %i ms later",
  async (pause) => {
    const { client, path } = await place.signedIn();
    const sid = sidOf(client);
    server.clock.advance(31 * SECOND);
    await using killed = startBearerProcess(proxy.url, path, "killed");
    await expect(killed.renew(1)).rejects.toThrow("has ended");
    expect(await killed.ended).toBe("SIGKILL");
    expect((await storedIn(fileStorage(path))).session?.idempotency_key).toMatch(/^[\w-]{22}$/);
    expect(await place.eventsOf(sid, "refresh_rotated")).toHaveLength(1);
    server.clock.advance(pause);
    const next = place.newClient(path).client;
    expect((await next.fetch(`${proxy.url}/me`)).status).toBe(200);
    expect(sidOf(next)).toBe(sid);
    expect(await place.eventsOf(sid, "refresh_rotated")).toHaveLength(1);
  },
);

test("two processes share one through a network that loses, keeps and repeats: no sign-out, no fork", async () => {
  const { client, path } = await place.signedIn();
  const sid = sidOf(client);
  await using one = startBearerProcess(proxy.url, path);
  await using two = startBearerProcess(proxy.url, path);
  const random = seeded(5);
  const fates: readonly Fate[] = [
    ...(["request_lost", "answer_lost", "request_late", "answer_late", "repeated"] as const),
    ...(["answer_lost", "repeated", "black_hole", "proxy_401", "proxy_503", "passes", "passes"] as const),
  ];
  proxy.fate = () => fates[Math.floor(random() * fates.length)]!;
  const rounds = 15;
  for (let round = 0; round < rounds; round++) {
    const told = await Promise.all([one.renew(3), two.renew(2)]);
    const good = { distinct: 1, signedIn: true, state: "signed_in" };
    expect({ round, told }).toEqual({ round, told: [good, good] });
    // What is on its way arrives within the interval that the server allows for.
    await proxy.idle();
    server.clock.advance(31 * SECOND);
  }
  proxy.fate = () => "passes";
  expect(await place.eventsOf(sid, "refresh_reused")).toEqual([]);
  expect((await place.eventsOf(sid, "refresh_rotated")).length).toBeGreaterThanOrEqual(rounds);
  const { session } = (await server.services.ledger.readSession(sid as never))!;
  expect(await place.eventsOf(sid, "refresh_rotated")).toHaveLength(session.counter);
  expect((await client.fetch(`${proxy.url}/me`)).status).toBe(200);
});

test("a storage has another session by the time that the old one is refused: that is no sign-out of the new one", async () => {
  const { client, path } = await place.signedIn();
  server.clock.advance(HOUR);
  const failure = place.refreshingLate(() => client.accessToken(), "request_kept");
  await expect.poll(() => proxy.seen.at(-1)).toBe("POST /refresh request_kept");
  const other = (await place.signedIn(ARJUN, path)).client;
  await expect.poll(async () => (await storedIn(fileStorage(path))).ended).toEqual([]);
  await place.released();
  expect(await failure).toMatchObject({ name: "AbortError" });
  expect(client.session.current).toEqual(other.session.current);
  expect((await client.fetch(`${proxy.url}/me`)).status).toBe(200);
});

test("another process has signed in: the first request after that is its user's", async () => {
  const { client, path } = place.newClient();
  expect((await client.fetch(`${proxy.url}/me`)).status).toBe(401);
  await place.signedIn(ARJUN, path);
  const answer = await client.fetch(`${proxy.url}/me`);
  expect(await answer.json()).toMatchObject({ user: { username: "arjun" } });
});

test("a storage of another server is refused, so that no server gets another's tokens", async () => {
  const { path } = await place.signedIn();
  const client = createBearerClient({ url: "https://other.example.com/auth", storage: fileStorage(path) });
  await expect(client.ready).rejects.toMatchObject({ name: "StorageError", code: "foreign" });
  await expect(client.login(KAVYA)).rejects.toMatchObject({ name: "StorageError", code: "foreign" });
});

test("a storage that fails when the successor is to be stored costs an error, and no session", async () => {
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
