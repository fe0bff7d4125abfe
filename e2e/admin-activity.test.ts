import { expect, test } from "vitest";
import { MINUTE } from "./support/clock.ts";
import { openStream } from "./support/event-stream.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, KAVYA, member, signIn } from "./support/sign-in.ts";

interface Minute {
  readonly at: number;
  readonly sign_ins: number;
  readonly refusals: number;
  readonly refreshes: number;
  readonly revocations: number;
  readonly revocation_ms_max: number | null;
}

async function activity(server: LocalServer, token: string) {
  await server.services.recorder.flush();
  const { status, body } = await call(server, "GET", "/admin/activity", { token });
  expect(status).toBe(200);
  return body as { minutes: Minute[]; complete: boolean; measured_since: number };
}

test("sign-ins, refusals, refreshes and revocations of the last hour are told by the minute, and those before are not", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  await signIn(server, ARJUN);
  server.clock.advance(2 * MINUTE);
  const arjun = await signIn(server, ARJUN);
  await call(server, "POST", "/refresh", { token: arjun.refresh });
  await call(server, "POST", "/login", { body: { ...ARJUN, password: "wrong" } });
  await server.cf.sessions.revoke(arjun.sid);
  const { minutes, complete, measured_since: since } = await activity(server, access);
  expect([minutes.length, complete, since]).toEqual([60, true, server.clock.now() / 1000 - 120]);
  const told = minutes.filter((one) => one.sign_ins + one.refusals + one.refreshes + one.revocations > 0);
  const at = Math.floor(server.clock.now() / MINUTE) * 60;
  expect(told).toMatchObject([
    { at: at - 120, sign_ins: 2, refusals: 0, refreshes: 0, revocations: 0, revocation_ms_max: null },
    { at, sign_ins: 1, refusals: 1, refreshes: 1, revocations: 1, revocation_ms_max: 0 },
  ]);
  server.clock.advance(61 * MINUTE);
  const later = await signIn(server, KAVYA);
  const rest = (await activity(server, later.access)).minutes;
  expect(rest.map((one) => one.sign_ins + one.refreshes + one.revocations).filter(Boolean)).toEqual([1]);
});

test("a verifier that follows the feed is listed with its streams, and one that only asks with when it did", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  const add = async (name: string) =>
    member(await call(server, "POST", "/admin/verifiers", { token: access, body: { name } }), "credential");
  const [following, asking] = [await add("following"), await add("asking")];
  await add("absent");
  const stream = await openStream(server, "/revocations", following);
  await expect.poll(() => stream.text()).toContain("event: receipt");
  await call(server, "GET", "/revocations", { token: asking });
  const list = async () =>
    (await call(server, "GET", "/admin/verifiers", { token: access })).body["verifiers"] as Record<string, unknown>[];
  const now = Math.floor(server.clock.now() / 1000);
  const byName = new Map((await list()).map((one) => [one["name"], one]));
  expect(byName.get("following")).toMatchObject({ streams: 1, last_contact_at: now });
  expect(byName.get("following")!["staleness_seconds"]).toBeLessThan(2);
  expect(byName.get("asking")).toMatchObject({ streams: 0, last_contact_at: now });
  expect(byName.get("asking")!["staleness_seconds"]).toBeLessThan(10);
  expect(byName.get("absent")).toMatchObject({ streams: 0, last_contact_at: null, staleness_seconds: null });
  await stream[Symbol.asyncDispose]();
  await expect.poll(async () => (await list()).map((one) => one["streams"])).toEqual([0, 0, 0]);
});
