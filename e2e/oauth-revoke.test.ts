import type { Sid } from "@counterfoil/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { MINUTE, SECOND } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { Carried } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { KAVYA, member, signIn } from "./support/sign-in.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal();
});

afterAll(() => server[Symbol.asyncDispose]());

const revoke = (form: Readonly<Record<string, string>>, carried: Omit<Carried, "form"> = {}): Promise<Answer> =>
  call(server, "POST", "/oauth/revoke", { ...carried, form });

const outcome = (answer: Answer) => `${answer.status} ${member(answer, "error")}`.trim();

async function isLive(sid: string): Promise<boolean> {
  return (await server.services.ledger.readSession(sid as Sid))?.endedAt === null;
}

test.each(["refresh", "access"] as const)(
  "R075 revoking the %s token ends the session: every token of the sign-in is dead, and no other session",
  async (kind) => {
    const [one, other] = [await signIn(server, KAVYA), await signIn(server, KAVYA)];
    const hint = kind === "refresh" ? "access_token" : "refresh_token";
    const answer = await revoke({ token: one[kind], token_type_hint: hint, client_id: "first-party" });
    expect([answer.status, answer.headers["cache-control"]]).toEqual([200, "no-store"]);
    expect((await call(server, "GET", "/me", { token: one.access })).status).toBe(401);
    expect((await call(server, "POST", "/refresh", { token: one.refresh })).status).toBe(401);
    expect((await call(server, "GET", "/me", { token: other.access })).status).toBe(200);
    const again = await revoke({ token: one[kind] });
    expect([again.status, again.text]).toEqual([200, answer.text]);
    const ends = await server.services.ledger.readEvents({ sid: one.sid as Sid, limit: 100 });
    expect(ends.filter(({ body }) => body.type === "session_ended")).toHaveLength(1);
  },
);

test("R075 a spent refresh token of the session revokes it too: whoever signs out may have missed the newest", async () => {
  const { refresh, sid } = await signIn(server, KAVYA);
  await call(server, "POST", "/refresh", { token: refresh });
  server.clock.advance(10 * MINUTE);
  expect(outcome(await revoke({ token: refresh }))).toBe("200");
  expect(await isLive(sid)).toBe(false);
});

test("R075 what is no token, or no more, is answered 200 like one that is, and ends nothing", async () => {
  const { access, sid } = await signIn(server, KAVYA);
  for (const token of ["x", "cfr_none", `${access}x`, "a.b.c", "é"]) {
    expect(outcome(await revoke({ token }))).toBe("200");
  }
  server.clock.advance(11 * MINUTE);
  expect(outcome(await revoke({ token: access }))).toBe("200");
  expect(await isLive(sid)).toBe(true);
});

// RFC 7009 §2.1 and §2.2.1.
const REFUSED: readonly (readonly [string, string, Readonly<Record<string, string>>, Omit<Carried, "form">?])[] = [
  ["another client's", "400 invalid_grant", { client_id: "another" }],
  ["a client secret", "401 invalid_client", { client_secret: "s3cret" }],
  ["a header", "401 invalid_client", {}, { token: "cfr_none" }],
  ["no token", "400 invalid_request", { token: "" }],
  ["a session token", "400 unsupported_token_type", { token: `cfs_${"A".repeat(50)}` }],
  ["a page of another site", "403 invalid_request", {}, { headers: { "Sec-Fetch-Site": "cross-site" } }],
];

for (const [what, expected, form, carried] of REFUSED) {
  test(`R075 a revocation with ${what} is refused as ${expected}, and revokes nothing`, async () => {
    const { refresh, sid } = await signIn(server, KAVYA);
    expect(outcome(await revoke({ token: refresh, ...form }, carried))).toBe(expected);
    expect(await isLive(sid)).toBe(true);
  });
}

test("R075 many at once, beside a redemption: the session ends once, and nothing is good afterwards", async () => {
  const { refresh, sid } = await signIn(server, KAVYA);
  const answers = await Promise.all([
    ...Array.from({ length: 8 }, () => revoke({ token: refresh })),
    ...Array.from({ length: 8 }, () => call(server, "POST", "/refresh", { token: refresh })),
  ]);
  expect(answers.slice(0, 8).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  for (const answer of answers.slice(8).filter(({ status }) => status === 200)) {
    expect((await call(server, "GET", "/me", { token: member(answer, "access_token") })).status).toBe(401);
    expect((await call(server, "POST", "/refresh", { token: member(answer, "refresh_token") })).status).toBe(401);
  }
  const ends = await server.services.ledger.readEvents({ sid: sid as Sid, limit: 100 });
  expect(ends.filter(({ body }) => body.type === "session_ended")).toHaveLength(1);
});

test("R075 a ledger out of reach is 503 with Retry-After, and the session lives on to be revoked later", async () => {
  await using local = await startLocal();
  const { refresh, access } = await signIn(local, KAVYA);
  await local.services.ledger[Symbol.asyncDispose]();
  local.clock.advance(2 * SECOND);
  for (const token of [refresh, access]) {
    const answer = await call(local, "POST", "/oauth/revoke", { form: { token } });
    expect([outcome(answer), answer.headers["retry-after"]]).toEqual(["503 temporarily_unavailable", "1"]);
  }
  const form = { grant_type: "refresh_token", refresh_token: refresh };
  expect(outcome(await call(local, "POST", "/oauth/token", { form }))).toBe("503 temporarily_unavailable");
  await local.services.ledger.open();
  expect((await call(local, "POST", "/oauth/revoke", { form: { token: refresh } })).status).toBe(200);
  expect((await call(local, "POST", "/refresh", { token: refresh })).status).toBe(401);
});
