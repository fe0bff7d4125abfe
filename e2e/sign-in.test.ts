import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, claimsOf, KAVYA, signIn } from "./support/sign-in.ts";
import { CREDENTIAL_ROUTES } from "./support/routes.ts";

let server: LocalServer;

beforeAll(async () => {
  server = await startLocal({ audience: ["https://a.example", "https://b.example"] });
});

afterAll(() => server[Symbol.asyncDispose]());

test("R014 two sign-ins of one user share no session, no token and no identifier", async () => {
  const signIns = [await signIn(server, KAVYA), await signIn(server, KAVYA)];
  const [one, two] = signIns.map(({ access }) => claimsOf(access));
  expect(one!.sub).toBe(two!.sub);
  expect(one!.sid).not.toBe(two!.sid);
  expect(one!.jti).not.toBe(two!.jti);
  expect(signIns[0]!.refresh).not.toBe(signIns[1]!.refresh);
});

test("R016 a sign-in with an existing cookie ends that session and sets a new value; the old one is refused everywhere", async () => {
  const before = await signIn(server, { ...KAVYA, transport: "cookie" });
  const after = await signIn(server, { ...ARJUN, transport: "cookie" }, { cookie: before.cookie });
  expect(after.cookie).not.toBe(before.cookie);
  expect(after.sid).not.toBe(before.sid);
  for (const { method, path } of CREDENTIAL_ROUTES) {
    const refused = await call(server, method, path, { cookie: before.cookie });
    expect([method, path, refused.status]).toEqual([method, path, 401]);
  }
  expect((await call(server, "GET", "/me", { token: before.access })).status).toBe(401);
  expect((await call(server, "GET", "/dashboard", { cookie: after.cookie })).body).toEqual({
    message: "Welcome arjun",
  });
  const events = await server.services.ledger.readEvents({ sid: before.sid as never, limit: 10 });
  expect(events.map(({ body }) => body)).toContainEqual({ type: "session_ended", reason: "replaced" });
});

test("R017 a planted cookie of the right form is never adopted: alone it is refused and logged, at a sign-in replaced", async () => {
  const planted = `cfs_${randomBytes(37).toString("base64url")}`;
  const { ledger } = server.services;
  const { sub } = await signIn(server, ARJUN);
  const before = (await ledger.listSessions(sub as never)).length;
  const alone = await call(server, "GET", "/me", { cookie: planted });
  expect([alone.status, alone.body["code"]]).toEqual([401, "invalid_session"]);
  expect((await server.eventsOf(alone))[0]?.body).toMatchObject({ type: "refused", reason: "forged_or_mistyped" });
  expect((await ledger.listSessions(sub as never)).length).toBe(before);
  const replaced = await signIn(server, { ...ARJUN, transport: "cookie" }, { cookie: planted });
  expect(replaced.cookie).not.toBe(planted);
  expect((await call(server, "GET", "/me", { cookie: planted })).status).toBe(401);
});

test("R032 a cookie that no server would set is 401, whatever it is, and the ledger is not asked", async () => {
  const { ledger } = server.services;
  const asked: unknown[] = [];
  const resolve = ledger.resolveSession.bind(ledger);
  ledger.resolveSession = (input) => {
    asked.push(input);
    return resolve(input);
  };
  const hostile = ["'OR'1'='1", "a".repeat(8000), "cfs_", "[]", "{}", "%00", `cfs_${"A".repeat(50)}`, "__proto__"];
  const statuses = [];
  for (const cookie of hostile) statuses.push((await call(server, "GET", "/me", { cookie })).status);
  expect(statuses).toEqual(hostile.map(() => 401));
  ledger.resolveSession = resolve;
  expect(asked).toEqual([]);
});

test("R018 a token in the address, in another header or in two places is refused", async () => {
  const { access, refresh, cookie } = {
    ...(await signIn(server, KAVYA)),
    cookie: (await signIn(server, { ...KAVYA, transport: "cookie" })).cookie,
  };
  for (const query of [`access_token=${access}`, `token=${refresh}`, `session_id=${cookie}`, `x=${cookie}`]) {
    expect((await call(server, "GET", `/me?${query}`)).status).toBe(400);
    expect((await call(server, "GET", `/me?${query}`, { token: access })).status).toBe(400);
  }
  expect((await call(server, "GET", "/me", { headers: { "X-Access-Token": access } })).status).toBe(401);
  expect((await call(server, "GET", "/me", { token: cookie })).status).toBe(401);
  expect((await call(server, "GET", "/me", { cookie: access })).status).toBe(401);
  const twice = await call(server, "POST", "/refresh", { token: refresh, body: { refresh_token: refresh } });
  expect([twice.status, twice.body["code"]]).toEqual([400, "ambiguous_credentials"]);
});

test("R018 with an Authorization of one user and the cookie of another, the header decides", async () => {
  const kavya = await signIn(server, KAVYA);
  const arjun = await signIn(server, { ...ARJUN, transport: "cookie" });
  const both = await call(server, "GET", "/dashboard", { token: kavya.access, cookie: arjun.cookie });
  expect(both.body).toEqual({ message: "Welcome kavya" });
  const bad = await call(server, "GET", "/dashboard", { token: "bad", cookie: arjun.cookie });
  expect(bad.status).toBe(401);
});

test("R048 an access token names the audience that was asked for, and another than the server's is refused", async () => {
  expect(claimsOf((await signIn(server, KAVYA)).access).aud).toEqual(["https://a.example", "https://b.example"]);
  const narrow = await signIn(server, { ...KAVYA, audience: "https://b.example" });
  expect(claimsOf(narrow.access).aud).toBe("https://b.example");
  const refused = await call(server, "POST", "/login", { body: { ...KAVYA, audience: "https://c.example" } });
  expect([refused.status, refused.body["code"]]).toEqual([400, "invalid_target"]);
});

test("R002 the fifty-first session ends the longest inactive, and the ledger never holds more than fifty", async () => {
  const { ledger } = server.services;
  const first = await server.cf.signIn(new Request(server.issuer), { subject: "many" }, { transport: "bearer" });
  const { refresh_token: oldest } = (await first.json()) as { refresh_token: string };
  server.clock.advance(1000);
  const open = () => server.cf.signIn(new Request(server.issuer), { subject: "many" }, { transport: "bearer" });
  for (let count = 1; count < 50; count++) await open();
  expect((await call(server, "POST", "/refresh", { token: oldest, body: { background: true } })).status).toBe(200);
  await Promise.all(Array.from({ length: 50 }, open));
  expect(await ledger.listSessions("many" as never)).toHaveLength(50);
  expect((await call(server, "POST", "/refresh", { token: oldest })).body["code"]).toBe("invalid_grant");
});

test("R113 wrong passwords at one account from one address are limited, in any spelling of its name; a right one elsewhere is not", async () => {
  const limited = await startLocal({ trustProxy: "127.0.0.1" });
  const guess = (username: string, address = "2001:db8::1") =>
    call(limited, "POST", "/login", { ...from(address), body: { username, password: "guess" } });
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      guess(["kavya", "KAVYA", "k\u{ff41}vya"][index % 3]!, `2001:db8::${index + 1}`),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(20);
  expect(statuses.filter((status) => status === 429)).toHaveLength(180);
  const elsewhere = await call(limited, "POST", "/login", { ...from("2001:db8:1::1"), body: KAVYA });
  expect(elsewhere.status).toBe(200);
  limited.clock.advance(15_000);
  expect((await guess("kavya")).status).toBe(401);
  expect((await guess("kavya")).status).toBe(429);
  await limited[Symbol.asyncDispose]();
});

function from(address: string) {
  return { headers: { "X-Forwarded-For": address } };
}
