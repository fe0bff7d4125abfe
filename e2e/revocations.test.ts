import { parseVerifierName } from "@counterfoil/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOUR } from "./support/clock.ts";
import { ask, namesOf } from "./support/feed.ts";
import { call } from "./support/http.ts";
import type { Carried } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";
import { register } from "./support/verifier.ts";

let server: LocalServer;
let credential: string;

beforeAll(async () => {
  server = await startLocal();
  credential = await register(server, "orders");
});

afterAll(() => server[Symbol.asyncDispose]());

test("R125 R133 without a verifier's credential, with a wrong one or a user's token, neither form tells anything", async () => {
  const { access, refresh } = await signIn(server, KAVYA);
  const browser = await signIn(server, { ...KAVYA, transport: "cookie" });
  const wrong = credential.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  const carried: readonly Carried[] = [
    {},
    { cookie: browser.cookie },
    { token: access },
    { token: refresh },
    { token: wrong },
    { headers: { Authorization: [`Bearer ${credential}`, `Bearer ${credential}`] } },
  ];
  for (const each of carried) {
    for (const accept of ["application/json", "text/event-stream"]) {
      const answer = await call(server, "GET", "/revocations", {
        ...each,
        headers: { ...each.headers, Accept: accept },
      });
      expect([answer.status, Object.keys(answer.body)]).toEqual([401, ["error", "code"]]);
      expect(answer.body["code"]).toBe("invalid_client");
    }
  }
});

test("R125 the credential of another server's service, and of one that was removed, is 401", async () => {
  await using elsewhere = await startLocal();
  const foreign = await register(elsewhere, "orders");
  expect((await call(server, "GET", "/revocations", { token: foreign })).status).toBe(401);
  const own = await register(elsewhere, "removed");
  expect((await call(elsewhere, "GET", "/revocations", { token: own })).status).toBe(200);
  await elsewhere.services.ledger.removeVerifier({ which: { name: parseVerifierName("removed")! }, context: null });
  expect((await call(elsewhere, "GET", "/revocations", { token: own })).status).toBe(401);
});

test("R125 R134 nobody tells the feed anything but the ledger: it takes no other method, and no body", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const body = { entries: [{ type: "key-revoked", kid: "any" }] };
    const answer = await call(server, method, "/revocations", { token: credential, body });
    expect([answer.status, answer.headers["allow"]]).toEqual([405, "GET, HEAD, OPTIONS"]);
  }
});

test("R134 what the feed still tells of a session that is over is not about the one that follows it", async () => {
  const first = await signIn(server, KAVYA);
  await call(server, "POST", "/logout/all", { token: first.refresh });
  const second = await signIn(server, KAVYA);
  const { entries } = await ask(server, credential);
  const about = entries.filter(
    (entry) =>
      (entry.type === "session-revoked" && entry.sid === second.sid) ||
      (entry.type === "claims-changed" && entry.sub === second.sub && entry.claims_version > 2),
  );
  expect(about).toEqual([]);
  expect(namesOf(entries)).toContain(`${second.sub} 2`);
  expect((await call(server, "GET", "/me", { token: second.access })).status).toBe(200);
});

test("one answer has everything first, then what came since, each with when and why", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const kavya = await signIn(local, KAVYA);
  const arjun = await signIn(local, ARJUN);
  await call(local, "POST", "/logout", { token: kavya.refresh });
  const first = await ask(local, own);
  const at = local.clock.now();
  expect(first).toEqual({
    version: 1,
    issuer: local.issuer,
    timeline: expect.any(String),
    complete: true,
    ledger_time: at,
    read_at: local.clock.monotonic(),
    cursor: expect.stringMatching(`^${first.timeline}\\.`),
    entries: [{ type: "session-revoked", sid: kavya.sid, event_timestamp: at / 1000, reason: "logout" }],
  });
  local.clock.advance(500);
  await local.cf.users.setRoles(arjun.sub, ["guest"]);
  const next = await ask(local, own, first.cursor);
  expect(next).toMatchObject({
    complete: false,
    ledger_time: at + 500,
    entries: [
      {
        type: "claims-changed",
        sub: arjun.sub,
        claims_version: 2,
        event_timestamp: (at + 500) / 1000,
        reason: "roles_changed",
      },
    ],
  });
  expect(await ask(local, own, next.cursor)).toMatchObject({ complete: false, entries: [], cursor: next.cursor });
  // What entitles nobody to less: a place that is none, or of another history.
  for (const since of ["", "x", "another.1", first.timeline, `x${first.cursor}`]) {
    expect([since, namesOf((await ask(local, own, since)).entries)]).toEqual([since, [kavya.sid, `${arjun.sub} 2`]]);
  }
  const unknown = await call(local, "GET", "/revocations?cursor=1", { token: own });
  expect([unknown.status, unknown.body["code"]]).toEqual([400, "invalid_request"]);
});

test.each(["text/event-stream; charset=utf-8", "application/json; charset=utf-8"])(
  "HEAD tells what an answer of %s would be, and opens no stream",
  async (type) => {
    const headers = { Accept: type.split(";", 1)[0]! };
    const answer = await call(server, "HEAD", "/revocations", { token: credential, headers });
    expect([answer.status, answer.text, answer.headers["content-type"]]).toEqual([200, "", type]);
    expect(server.services.feedStreams.size).toBe(0);
  },
);

test("an entry is told for as long as a token that it concerns may live", async () => {
  await using local = await startLocal();
  const own = await register(local, "orders");
  const { refresh } = await signIn(local, KAVYA);
  await call(local, "POST", "/logout", { token: refresh });
  expect((await ask(local, own)).entries).toHaveLength(1);
  local.clock.advance(HOUR);
  await local.services.follower.catchUp();
  expect((await ask(local, own)).entries).toEqual([]);
});
