import { memoryStorage } from "@counterfoil/client/bearer";
import type { TokenStorage } from "@counterfoil/client/bearer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heldClient, sidOf, startBearerPlace, storedIn } from "./support/bearer.ts";
import type { BearerPlace } from "./support/bearer.ts";
import { Gate } from "./support/gate.ts";
import { KAVYA } from "./support/sign-in.ts";

let place: BearerPlace;

beforeAll(async () => {
  place = await startBearerPlace();
});
afterAll(() => place[Symbol.asyncDispose]());

const SIGNED_OUT = { status: "signed_out", reason: "logout", endReason: null };

function clientOf(storage: TokenStorage) {
  return heldClient(place.server.clock, { url: place.proxy.url, apiOrigins: [place.proxy.url], storage });
}

test("that another process was first with is one here too", async () => {
  const { client, path } = await place.signedIn();
  expect(await place.newClient(path).client.logout()).toEqual({ ok: true });
  expect(await client.logout()).toEqual({ ok: true });
  expect(client.session.current).toEqual(SIGNED_OUT);
});

test("in the same moment as a sign-in is the last word", async () => {
  const { client } = place.newClient();
  const signingIn = client.login(KAVYA).catch((error: unknown) => error);
  expect(await client.logout()).toEqual({ ok: true });
  expect(await signingIn).toMatchObject({ name: "AbortError" });
  expect(await client.accessToken()).toBe(null);
});

test("while the session of a sign-in is being stored is the last word, and the server is told of that session", async () => {
  const storage = memoryStorage();
  const [reached, gate] = [new Gate(), new Gate()];
  const slow = {
    ...storage,
    async replace(before: string | null, text: string) {
      if (text.includes('"over":null')) {
        reached.open();
        await gate.passed;
      }
      return storage.replace(before, text);
    },
  };
  const client = clientOf(slow);
  const signingIn = client.login(KAVYA).catch((error: unknown) => error);
  await reached.passed;
  const told = client.logout();
  gate.open();
  expect(await told).toEqual({ ok: true });
  expect(await signingIn).toMatchObject({ name: "AbortError" });
  expect(client.session.current).toMatchObject({ status: "signed_out" });
  await expect.poll(() => storedIn(storage)).toMatchObject({ session: null, ended: [] });
});

test("that the storage cannot keep is told to the server all the same", async () => {
  const storage = memoryStorage();
  let isFull = false;
  const failing = {
    ...storage,
    replace: (before: string | null, text: string) =>
      isFull ? Promise.reject(new Error("no space left")) : storage.replace(before, text),
  };
  const client = clientOf(failing);
  await client.login(KAVYA);
  const sid = sidOf(client);
  isFull = true;
  await expect(client.logout()).rejects.toThrow("no space left");
  expect(await place.eventsOf(sid, "session_ended")).toHaveLength(1);
  isFull = false;
  expect(await client.logout()).toEqual({ ok: true });
  expect(await storedIn(storage)).toMatchObject({ session: null, ended: [] });
});

test("of a sign-in that was stored and reported as failed leaves nothing behind", async () => {
  const storage = memoryStorage();
  let isBroken = true;
  const unsure = {
    ...storage,
    async replace(before: string | null, text: string) {
      const replaced = await storage.replace(before, text);
      if (!isBroken) return replaced;
      isBroken = false;
      throw new Error("no answer");
    },
  };
  const client = clientOf(unsure);
  await expect(client.login(KAVYA)).rejects.toThrow("no answer");
  await expect.poll(() => storedIn(storage)).toMatchObject({ session: null, ended: [] });
  expect(client.session.current).toMatchObject({ status: "signed_out" });
});
