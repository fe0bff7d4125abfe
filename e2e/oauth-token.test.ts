import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { outsideOf } from "./support/answer.ts";
import { DAY, MINUTE, SECOND } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { Carried } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { claimsOf, KAVYA, member, signIn } from "./support/sign-in.ts";

const AUDIENCES = ["https://a.example", "https://b.example"];

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal({ audience: AUDIENCES, bearerOrigins: ["capacitor://localhost"] });
});

afterAll(() => server[Symbol.asyncDispose]());

type Parameters = Readonly<Record<string, string>>;

const ask = (form: Parameters, carried: Omit<Carried, "form"> = {}): Promise<Answer> =>
  call(server, "POST", "/oauth/token", { ...carried, form });

const redeem = (refresh: string, more: Parameters = {}, carried: Omit<Carried, "form"> = {}): Promise<Answer> =>
  ask({ grant_type: "refresh_token", refresh_token: refresh, ...more }, carried);

const outcome = ({ status, body }: Answer) => `${status} ${String(body["error"])}`;

test("the refresh grant gives what /refresh gives, and the one goes on where the other ended", async () => {
  const { refresh, sid } = await signIn(server, KAVYA);
  const first = await redeem(refresh, { client_id: "first-party" });
  expect(first.status).toBe(200);
  expect(first.headers["cache-control"]).toBe("no-store");
  expect(Object.keys(first.body).toSorted()).toEqual(["access_token", "expires_in", "refresh_token", "token_type"]);
  expect(claimsOf(member(first, "access_token"))).toMatchObject({ sid, client_id: "first-party", aud: AUDIENCES });
  server.clock.advance(31 * SECOND);
  const second = await call(server, "POST", "/refresh", { token: member(first, "refresh_token") });
  expect(second.status).toBe(200);
  server.clock.advance(31 * SECOND);
  expect((await redeem(member(second, "refresh_token"))).status).toBe(200);
});

test("R062 many at once with one refresh token, at both addresses, give one successor", async () => {
  const { refresh } = await signIn(server, KAVYA);
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, index) =>
      index % 2 === 0 ? redeem(refresh) : call(server, "POST", "/refresh", { token: refresh }),
    ),
  );
  expect(new Set(answers.map((answer) => member(answer, "refresh_token"))).size).toBe(1);
});

test("Idempotency-Key is honoured as at /refresh, and a malformed one spends nothing", async () => {
  const { refresh } = await signIn(server, KAVYA);
  const headers = { "Idempotency-Key": "made-for-this-token" };
  const successor = member(await redeem(refresh, {}, { headers }), "refresh_token");
  server.clock.advance(10 * MINUTE);
  expect(outcome(await redeem(refresh, {}, { headers: { "Idempotency-Key": "short" } }))).toBe("400 invalid_request");
  // Long after the reuse interval: the same client asks again.
  expect(member(await redeem(refresh, {}, { headers }), "refresh_token")).toBe(successor);
});

test("unknown, expired, revoked and reused refresh tokens look the same from outside", async () => {
  const [expired, revoked, reused] = [
    await signIn(server, KAVYA),
    await signIn(server, KAVYA),
    await signIn(server, KAVYA),
  ];
  await redeem(reused.refresh);
  await call(server, "POST", "/logout", { token: revoked.refresh });
  server.clock.advance(31 * SECOND);
  const answers = [
    await redeem("cfr_none"),
    await redeem("x"),
    await redeem(revoked.refresh),
    await redeem(reused.refresh),
  ];
  server.clock.advance(15 * DAY);
  answers.push(await redeem(expired.refresh));
  expect(new Set(answers.map(outsideOf)).size).toBe(1);
  expect(outcome(answers[0]!)).toBe("400 invalid_grant");
  const reasons = [];
  for (const answer of answers) {
    const [refused] = (await server.eventsOf(answer)).filter(({ body }) => body.type === "refused");
    reasons.push(refused?.body.type === "refused" && refused.body.reason);
  }
  expect(reasons.slice(2)).toEqual(["session_over", "refresh_token_reused", "session_expired"]);
});

// RFC 6749 §5.2 and §6, RFC 6750 §2, RFC 8707 §2: each row is refused, and the refresh token is as good as before.
const GRANT = { grant_type: "refresh_token" };
const REFUSED: readonly (readonly [string, string, Parameters, Omit<Carried, "form">?])[] = [
  ["the password grant", "400 unsupported_grant_type", { ...KAVYA, grant_type: "password" }],
  ["the implicit grant", "400 unsupported_grant_type", { grant_type: "implicit", response_type: "token" }],
  ["a grant that needs a client of its own", "400 unsupported_grant_type", { grant_type: "client_credentials" }],
  ["the code grant", "400 unsupported_grant_type", { grant_type: "authorization_code", code: "x" }],
  ["another spelling of the grant", "400 unsupported_grant_type", { grant_type: "Refresh_Token" }],
  ["no grant", "400 invalid_request", { grant_type: "" }],
  ["another client", "400 invalid_grant", { ...GRANT, client_id: "another" }],
  ["another spelling of the client", "400 invalid_grant", { ...GRANT, client_id: "First-Party" }],
  ["any scope, since none was granted", "400 invalid_scope", { ...GRANT, scope: "openid" }],
  ["a resource that is not the server's", "400 invalid_target", { ...GRANT, resource: "https://c.example" }],
  ["an audience that is not the server's", "400 invalid_target", { ...GRANT, audience: "https://c.example" }],
  [
    "two that contradict each other",
    "400 invalid_target",
    { ...GRANT, resource: AUDIENCES[0]!, audience: AUDIENCES[1]! },
  ],
  ["a client secret in the body", "401 invalid_client", { ...GRANT, client_secret: "s3cret" }],
  ["a client assertion", "401 invalid_client", { ...GRANT, client_assertion: "a.b.c" }],
  [
    "client authentication by Basic",
    "401 invalid_client",
    GRANT,
    { headers: { Authorization: `Basic ${btoa("first-party:")}` } },
  ],
  ["a token in the header", "401 invalid_client", GRANT, { token: "cfr_none" }],
  ["a browser's page", "400 unauthorized_client", GRANT, { headers: { "Sec-Fetch-Site": "same-origin" } }],
  ["a page of another site", "403 invalid_request", GRANT, { headers: { "Sec-Fetch-Site": "cross-site" } }],
];

for (const [what, expected, form, carried] of REFUSED) {
  test(`R067 R073 ${what} is refused as ${expected}, and spends nothing`, async () => {
    const { refresh } = await signIn(server, KAVYA);
    const refused = await ask({ refresh_token: refresh, ...form }, carried);
    expect(outcome(refused)).toBe(expected);
    const challenge = refused.headers["www-authenticate"];
    expect(challenge !== undefined).toBe(refused.status === 401);
    // Long after: had it been spent, this were a reuse.
    server.clock.advance(10 * MINUTE);
    expect((await redeem(refresh)).status).toBe(200);
    server.clock.advance(10 * MINUTE);
    expect(outcome(await redeem(refresh))).toBe("400 invalid_grant");
  });
}

test("a token, or the verifier's credential, in the address is refused, and the session cookie is not read", async () => {
  const { refresh } = await signIn(server, KAVYA);
  const form = { grant_type: "refresh_token" };
  for (const query of [`refresh_token=${refresh}`, `x=cfv_${"A".repeat(48)}`]) {
    const refused = await call(server, "POST", `/oauth/token?${query}`, { form });
    expect(outcome(refused)).toBe("400 invalid_request");
  }
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  expect(outcome(await ask(form, { cookie }))).toBe("400 invalid_request");
  expect(outcome(await redeem(cookie))).toBe("400 invalid_grant");
});

test("JSON, a body without a type, a name twice and broken encoding are refused in OAuth's own form", async () => {
  const type = "application/x-www-form-urlencoded";
  const send = (body: string, contentType: string | undefined) =>
    call(server, "POST", "/oauth/token", { body, headers: { "Content-Type": contentType } });
  const grant = "grant_type=refresh_token&refresh_token=cfr_none";
  expect([
    outcome(await send('{"grant_type":"refresh_token"}', "application/json")),
    outcome(await send(grant, undefined)),
    outcome(await send(`${grant}&grant_type=refresh_token`, type)),
    outcome(await send(`${grant}%zz`, type)),
    outcome(await send(`${grant}&pad=${"x".repeat(17_000)}`, type)),
    outcome(await send(`${grant}&whatever=1`, type)),
    outcome(await call(server, "GET", "/oauth/token")),
  ]).toEqual([
    "415 invalid_request",
    "415 invalid_request",
    "400 invalid_request",
    "400 invalid_request",
    "413 invalid_request",
    "400 invalid_grant",
    "405 invalid_request",
  ]);
});

test("R067 a narrower audience is granted for one token, and does not widen or narrow the next", async () => {
  const { refresh } = await signIn(server, KAVYA);
  const narrow = await redeem(refresh, { resource: AUDIENCES[1]! });
  expect(claimsOf(member(narrow, "access_token")).aud).toBe(AUDIENCES[1]);
  server.clock.advance(31 * SECOND);
  const next = await redeem(member(narrow, "refresh_token"));
  expect(claimsOf(member(next, "access_token")).aud).toEqual(AUDIENCES);
});

test("R067 a session for one audience gives no token for another, and its refresh token is not spent by the asking", async () => {
  const { refresh } = await signIn(server, { ...KAVYA, audience: AUDIENCES[0] });
  expect(outcome(await redeem(refresh, { resource: AUDIENCES[1]! }))).toBe("400 invalid_target");
  server.clock.advance(10 * MINUTE);
  const own = await redeem(refresh, { resource: AUDIENCES[0]! });
  expect(claimsOf(member(own, "access_token")).aud).toBe(AUDIENCES[0]);
});

test("R067 a refresh token that is spent is refused for an audience of another session as for its own", async () => {
  const { refresh } = await signIn(server, { ...KAVYA, audience: AUDIENCES[0] });
  const next = member(await redeem(refresh), "refresh_token");
  server.clock.advance(31 * SECOND);
  await redeem(next);
  server.clock.advance(31 * SECOND);
  expect(outcome(await redeem(refresh, { resource: AUDIENCES[1]! }))).toBe("400 invalid_grant");
  expect(outcome(await redeem(next, { resource: AUDIENCES[1]! }))).toBe("400 invalid_grant");
});

test("a listed shell may redeem although it is a browser", async () => {
  const { refresh } = await signIn(server, KAVYA);
  const headers = { "Sec-Fetch-Site": "none", Origin: "capacitor://localhost" };
  await using listed = await startLocal({
    allowedOrigins: ["capacitor://localhost"],
    bearerOrigins: ["capacitor://localhost"],
  });
  const shell = await signIn(listed, KAVYA);
  const form = { grant_type: "refresh_token", refresh_token: shell.refresh };
  expect((await call(listed, "POST", "/oauth/token", { form, headers })).status).toBe(200);
  expect(outcome(await redeem(refresh, {}, { headers: { ...headers, Origin: server.issuer } }))).toBe(
    "400 unauthorized_client",
  );
});
