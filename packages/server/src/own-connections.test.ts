import { EventEmitter } from "node:events";
import type { RequestAuth } from "@counterfoil/verifier";
import { expect, test } from "vitest";
import { bearer, cookieOf, json, login, ORIGIN, request, testOptions } from "../test/options.ts";
import { createCounterfoil } from "./index.ts";
import type { Counterfoil } from "./index.ts";

class Socket extends EventEmitter {
  readyState = 1;
  readonly closes: unknown[] = [];
  close(code?: number, reason?: string): void {
    this.closes.push([code, reason]);
    this.readyState = 3;
    this.emit("close");
  }
}

async function connect(cf: Counterfoil, headers: Readonly<Record<string, string>>): Promise<Socket> {
  const seen = await cf.verifier.verifyRequest(new Request(`${ORIGIN}/socket`, { headers }));
  if (!seen.ok) throw new Error(seen.code);
  return guarded(cf, seen.auth);
}

function guarded(cf: Counterfoil, auth: RequestAuth): Socket {
  const socket = new Socket();
  cf.verifier.guard(auth, socket);
  return socket;
}

test("R147 an application's own connections end with their session, by token and by cookie, and no others do", async () => {
  await using cf = createCounterfoil(testOptions());
  const { access_token } = await json(await cf.fetch(login("kavya")));
  const cookie = cookieOf(await cf.fetch(login("arjun", {}, { "Sec-Fetch-Site": "same-origin" })));
  const [byToken, byCookie] = [await connect(cf, bearer(access_token)), await connect(cf, { Cookie: cookie })];
  await cf.fetch(request("POST", "/logout", bearer(access_token)));
  expect([byToken.closes, byCookie.closes]).toEqual([[[4001, "session_ended"]], []]);
  await cf.fetch(request("POST", "/logout", { Cookie: cookie, Origin: ORIGIN }));
  expect(byCookie.closes).toEqual([[4001, "session_ended"]]);
});

test("R147 one that is guarded after its session was revoked ends at once", async () => {
  await using cf = createCounterfoil(testOptions());
  const { access_token } = await json(await cf.fetch(login("kavya")));
  const seen = await cf.verifier.verifyRequest(new Request(`${ORIGIN}/socket`, { headers: bearer(access_token) }));
  if (!seen.ok) throw new Error(seen.code);
  await cf.fetch(request("POST", "/logout", bearer(access_token)));
  expect(guarded(cf, seen.auth).closes).toEqual([[4001, "session_ended"]]);
});

test("a process that stops sends them elsewhere, and before the first request there is nothing to guard", async () => {
  const cf = createCounterfoil(testOptions());
  const auth = { sub: "usr_a", sid: "ses_a", claimsVersion: 1, expiresAt: Number.MAX_SAFE_INTEGER };
  expect(() => cf.verifier.guard(auth, new Socket())).toThrow(/does not run/);
  const { access_token } = await json(await cf.fetch(login("kavya")));
  const socket = await connect(cf, bearer(access_token));
  cf.announceStop();
  expect(socket.closes).toEqual([[1013, "unavailable"]]);
  await cf[Symbol.asyncDispose]();
});
