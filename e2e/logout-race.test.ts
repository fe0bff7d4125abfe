import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { Gate } from "./support/gate.ts";
import { call } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import type { LocalServer } from "./support/local.ts";
import { seeded } from "./support/random.ts";
import { startServer } from "./support/server.ts";
import { cookieOf, KAVYA, member, signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

/** A request to the handler itself: the race is in the server, and a socket would only space the requests out. */
function request(server: LocalServer, method: string, path: string, headers: Record<string, string>): Request {
  return new Request(server.issuer + path, { method, headers: { Origin: server.issuer, ...headers } });
}

async function open(server: LocalServer, transport: "cookie" | "bearer") {
  const answer = await server.cf.signIn(request(server, "POST", "/app", {}), { subject: "racer" }, { transport });
  const body = (await answer.json()) as Record<string, string>;
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  const carried = transport === "cookie" ? { Cookie: cookie } : { Authorization: `Bearer ${body["refresh_token"]}` };
  return { access: { Authorization: `Bearer ${body["access_token"]}` }, carried };
}

/** After the logout's answer nothing of the session is good: not what was held, not what a racing request was given. */
async function race(server: LocalServer, random: () => number): Promise<number> {
  const transport = random() < 0.5 ? "cookie" : "bearer";
  const { access, carried } = await open(server, transport);
  const path = random() < 0.5 ? "/logout" : "/logout/all";
  const racing = [
    server.cf.fetch(request(server, "POST", "/refresh", carried)),
    server.cf.fetch(request(server, "GET", "/me", transport === "cookie" ? carried : access)),
  ];
  for (let turn = Math.floor(random() * 6); turn > 0; turn--) await Promise.resolve();
  const logout = server.cf.fetch(request(server, "POST", path, random() < 0.5 ? carried : access));
  racing.push(server.cf.fetch(request(server, "POST", "/refresh", carried)));
  expect((await logout).status).toBe(204);
  const minted: Record<string, string>[] = [access];
  for (const answer of await Promise.all(racing)) {
    const body = (await answer.json()) as Record<string, string>;
    if (body["access_token"] !== undefined) minted.push({ Authorization: `Bearer ${body["access_token"]}` });
  }
  const afterwards = await Promise.all([
    server.cf.fetch(request(server, "POST", "/refresh", carried)),
    ...minted.map((headers) => server.cf.fetch(request(server, "GET", "/me", headers))),
    ...(transport === "cookie" ? [server.cf.fetch(request(server, "GET", "/me", carried))] : []),
  ]);
  expect(afterwards.map(({ status }) => status)).toEqual(afterwards.map(() => 401));
  return minted.length - 1;
}

for (const [store, rounds] of [
  ["memory", 2000],
  ["SQLite", 300],
] as const) {
  test(`R063 a slow request during a logout never brings the session back: ${rounds} rounds on ${store}`, async () => {
    await using directory = await temporaryDirectory();
    await using server = await startLocal(store === "memory" ? {} : { data: directory.path });
    const random = seeded(63);
    let minted = 0;
    for (let round = 0; round < rounds; round++) {
      minted += await race(server, random);
      // On a clock that stands still the feed's window never passes: the set keeps what it is told.
      if (round % 100 === 0) server.clock.advance(60_000);
    }
    // The race was one: some requests were let through before the logout, and their tokens died with it.
    expect(minted).toBeGreaterThan(rounds / 10);
    expect(await server.services.ledger.listSessions("racer" as never)).toEqual([]);
  });
}

test("R063 a rotation that was decided before the revocation and answered after it hands out nothing", async () => {
  await using server = await startLocal();
  const { ledger } = server.services;
  const { access, carried } = await open(server, "bearer");
  const redeem = ledger.redeem.bind(ledger);
  const decided = new Gate();
  const gate = new Gate();
  ledger.redeem = async (input) => {
    const redeemed = await redeem(input);
    decided.open();
    await gate.passed;
    return redeemed;
  };
  const refreshing = server.cf.fetch(request(server, "POST", "/refresh", carried));
  await decided.passed;
  ledger.redeem = redeem;
  expect((await server.cf.fetch(request(server, "POST", "/logout", access))).status).toBe(204);
  gate.open();
  const late = await refreshing;
  expect(late.status).toBe(401);
  expect(await late.json()).toMatchObject({ code: "invalid_grant" });
});

test("R022 no access token is minted after the user was disabled, in the middle of a storm of refreshes", async () => {
  await using server = await startLocal();
  const { cf } = server;
  const sessions = await Promise.all(Array.from({ length: 20 }, () => open(server, "cookie")));
  const storm = Array.from({ length: 200 }, (_, index) =>
    cf.fetch(request(server, "POST", "/refresh", sessions[index % 20]!.carried)),
  );
  expect(await cf.users.disable("racer")).toBe("changed");
  const late = await Promise.all(sessions.map(({ carried }) => cf.fetch(request(server, "POST", "/refresh", carried))));
  expect(late.map(({ status }) => status)).toEqual(late.map(() => 401));
  for (const answer of await Promise.all(storm)) {
    const body = (await answer.json()) as Record<string, string>;
    const token = body["access_token"] ?? sessions[0]!.access.Authorization.slice(7);
    expect((await cf.fetch(request(server, "GET", "/me", { Authorization: `Bearer ${token}` }))).status).toBe(401);
  }
  const again = await cf.signIn(request(server, "POST", "/app", {}), { subject: "racer" });
  expect(again.status).toBe(401);
});

test("R021 of two processes on one file, what one revokes is refused at the other too, tokens and cookies alike", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  const options = { data: directory.path, issuer: "http://localhost:4998" };
  await using here = await startServer(options);
  await using there = await startServer(options);
  for (let round = 0; round < 5; round++) {
    const bearer = await signIn(here, KAVYA);
    const { cookie, access } = await signIn(there, { ...KAVYA, transport: "cookie" });
    const credentials = [{ token: bearer.access }, { token: access }, { cookie }];
    const statuses = (server: typeof here) =>
      Promise.all(credentials.map(async (carried) => (await call(server, "GET", "/me", carried)).status));
    // Both have seen them now, and have them in their caches.
    expect([...(await statuses(here)), ...(await statuses(there))]).toEqual([200, 200, 200, 200, 200, 200]);
    expect((await call(here, "POST", "/logout", { token: bearer.refresh })).status).toBe(204);
    expect((await call(here, "POST", "/logout", { cookie })).status).toBe(204);
    expect(await statuses(here)).toEqual([401, 401, 401]);
    await expect.poll(() => statuses(there), { timeout: 20_000, interval: 20 }).toEqual([401, 401, 401]);
  }
});

test("R070 a role change while refreshes run: no token with the old roles is good afterwards, and nobody is signed out", async () => {
  await using server = await startLocal();
  const { cf } = server;
  const { cookie, sub, access } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const carried = { Cookie: `session_id=${cookie}` };
  const storm = Array.from({ length: 100 }, () => cf.fetch(request(server, "POST", "/refresh", carried)));
  expect(await cf.users.setRoles(sub, ["guest"])).toBe("changed");
  const refused = await call(server, "GET", "/me", { token: access });
  expect([refused.status, refused.body["code"]]).toEqual([401, "claims_changed"]);
  expect(refused.headers["www-authenticate"]).toContain("claims_changed");
  for (const answer of await Promise.all(storm)) {
    const token = ((await answer.json()) as Record<string, string>)["access_token"]!;
    const me = await call(server, "GET", "/me", { token });
    expect(me.status === 401 ? me.body["code"] : me.body["user"]).toEqual(
      me.status === 401 ? "claims_changed" : { sub, username: "kavya", roles: ["guest"] },
    );
  }
  const refreshed = await call(server, "POST", "/refresh", { cookie });
  expect(cookieOf(refreshed)).toBe("");
  expect((await call(server, "GET", "/me", { token: member(refreshed, "access_token") })).status).toBe(200);
});
