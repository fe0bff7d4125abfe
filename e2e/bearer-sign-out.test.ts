import { afterAll, beforeAll, expect, test } from "vitest";
import { startBearerPlace } from "./support/bearer.ts";
import type { BearerPlace } from "./support/bearer.ts";

let place: BearerPlace;

beforeAll(async () => {
  place = await startBearerPlace();
});
afterAll(() => place[Symbol.asyncDispose]());

const SIGNED_OUT = { status: "signed_out", reason: "logout", endReason: null };

test("that another process was first with is one here too", async () => {
  const { client, path } = await place.signedIn();
  expect(await place.newClient(path).client.logout()).toEqual({ ok: true });
  expect(await client.logout()).toEqual({ ok: true });
  expect(client.session.current).toEqual(SIGNED_OUT);
});
