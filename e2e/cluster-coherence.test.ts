import { afterAll, beforeAll, expect, test } from "vitest";
import { ask } from "./support/cluster/ask.ts";
import { Cluster } from "./support/cluster/cluster.ts";
import { Load } from "./support/cluster/load.ts";
import type { Node } from "./support/cluster/node.ts";
import { expectRefusedEverywhere, serviceAt } from "./support/cluster/refused-everywhere.ts";
import { from, HOME } from "./support/crowd.ts";
import { call } from "./support/http.ts";
import { ARJUN, KAVYA, member, signIn } from "./support/sign-in.ts";

const PATIENCE = { timeout: 20_000, interval: 10 };

let cluster: Cluster;
let credential: string;
let nodes: readonly [Node, Node, Node];

beforeAll(async () => {
  cluster = await Cluster.start({ users: [{ ...KAVYA, roles: ["admin"] }, ARJUN] });
  credential = await cluster.addVerifier("orders");
  nodes = cluster.nodes as unknown as typeof nodes;
});

afterAll(() => cluster[Symbol.asyncDispose]());

const me = (presented: Parameters<typeof ask>[3]) =>
  Promise.all(nodes.map(async (node) => (await ask(node, "GET", "/me", presented)).status));

test("a session that was opened at one server goes on at the others, by cookie and by refresh token", async () => {
  const [one, two, three] = nodes;
  const cookie = await signIn(one, { ...ARJUN, transport: "cookie" });
  const bearer = await signIn(two, ARJUN);
  expect([await me({ cookie: cookie.cookie }), await me({ token: bearer.access })]).toEqual([
    [200, 200, 200],
    [200, 200, 200],
  ]);
  expect((await call(three, "POST", "/refresh", { cookie: cookie.cookie })).status).toBe(200);
  const tokens = new Set<string>();
  for (const node of nodes)
    tokens.add(member(await call(node, "POST", "/refresh", { token: bearer.refresh }), "refresh_token"));
  expect(tokens.size).toBe(1);
  const listed = await call(three, "GET", "/sessions", { token: cookie.access });
  expect(listed.body["sessions"]).toHaveLength(2);
});

test("R021 R126 what is signed out of at one server is refused by the others, by cookie, access token and refresh token, ends their streams and is told by their feeds", async () => {
  expect(await expectRefusedEverywhere(cluster, credential)).toBe(6);
});

test("R016 R070 a re-authentication, a role change and a revoked key at one server are known to all, and nobody is signed out", async () => {
  const [one, two, three] = nodes;
  await using service = serviceAt(cluster, three, credential);
  await service.verifier.ready();
  const admin = await signIn(one, { ...KAVYA, transport: "cookie" });
  const user = await signIn(two, ARJUN);
  const asCookie = await signIn(two, { ...ARJUN, transport: "cookie" });
  expect([...(await me({ token: user.access })), ...(await me({ cookie: asCookie.cookie }))]).not.toContain(401);
  const roles = { cookie: admin.cookie, body: { roles: ["editor"] } };
  expect((await call(one, "POST", `/admin/users/${user.sub}/roles`, roles)).status).toBe(200);
  await expect.poll(() => me({ token: user.access }), PATIENCE).toEqual([401, 401, 401]);
  await expect.poll(() => service.check(user.access), PATIENCE).toBe("401 claims_changed");
  for (const node of nodes) {
    await expect
      .poll(async () => (await call(node, "GET", "/me", { cookie: asCookie.cookie })).body["user"], PATIENCE)
      .toMatchObject({ roles: ["editor"] });
  }
  const refreshed = await call(three, "POST", "/refresh", { token: user.refresh });
  expect(await me({ token: member(refreshed, "access_token") })).toEqual([200, 200, 200]);

  const proof = { cookie: asCookie.cookie, body: { password: ARJUN.password } };
  expect((await call(two, "POST", "/reauthenticate", proof)).status).toBe(200);
  await expect.poll(() => me({ cookie: asCookie.cookie }), PATIENCE).toEqual([401, 401, 401]);

  const { keys } = (await call(two, "GET", "/admin/keys", { cookie: admin.cookie })).body as {
    readonly keys: readonly { readonly kid: string; readonly state: string }[];
  };
  const { kid } = keys.find(({ state }) => state === "signing")!;
  const held = member(refreshed, "access_token");
  expect((await call(two, "POST", `/admin/keys/${kid}/revoke`, { cookie: admin.cookie })).status).toBe(200);
  await expect.poll(() => me({ token: held }), PATIENCE).toEqual([401, 401, 401]);
  await expect.poll(() => service.check(held), PATIENCE).toBe("401 key_revoked");
  for (const node of nodes) {
    const next = member(await call(node, "POST", "/refresh", { token: user.refresh }), "access_token");
    expect(await me({ token: next })).toEqual([200, 200, 200]);
    await expect.poll(() => service.check(next), PATIENCE).toBe("accepted");
  }
});

test("R033 the limit of guesses and the fifty sessions of a user are those of all servers together", async () => {
  const since = performance.now();
  const guess = { ...from(HOME), body: { ...KAVYA, password: "a wrong password" } };
  // One after another at each server, and all three at once.
  const statuses = await Promise.all(
    nodes.map(async (node) => {
      const answers: number[] = [];
      for (let count = 0; count < 9; count++) answers.push((await call(node, "POST", "/login", guess)).status);
      return answers;
    }),
  );
  const refused = statuses.flat().filter((status) => status === 401).length;
  expect(new Set(statuses.flat())).toEqual(new Set([401, 429]));
  // Twenty at once, and one more each quarter of a minute.
  expect(refused).toBeGreaterThanOrEqual(20);
  expect(refused).toBeLessThanOrEqual(20 + Math.ceil((performance.now() - since) / 15_000));

  const { sub } = await signIn(nodes[0], ARJUN);
  const before = await cluster.withLedger((ledger) => ledger.listSessions(sub as never));
  await cluster.openSessions(48 - before.length, "bearer", sub);
  for (let turn = 0; turn < 2; turn++) await Promise.all(nodes.map((node) => signIn(node, ARJUN)));
  expect(await cluster.withLedger((ledger) => ledger.listSessions(sub as never))).toHaveLength(50);
});

test("clocks of the servers that are 90 seconds ahead and behind change nothing", async () => {
  const [one, two] = nodes;
  await Promise.all([one.stop(), two.stop()]);
  await Promise.all([one.start({ clockOffsetMs: 90_000 }), two.start({ clockOffsetMs: -90_000 })]);
  await expect.poll(() => cluster.balancer.up(), PATIENCE).toEqual(["a", "b", "c"]);
  // Their logs are dated by them.
  const startedAgo = ({ server }: Node) =>
    Date.now() - Date.parse(/"time":"([^"]+)"[^\n]*"msg":"listening"/.exec(server.output())?.[1] ?? "");
  expect([startedAgo(one) < -60_000, startedAgo(two) > 90_000]).toEqual([true, true]);
  await using load = await Load.start(cluster, { seed: 76, clients: 12, spares: 20 });
  await load.recovered(100);
  expect(await expectRefusedEverywhere(cluster, credential)).toBe(6);
  await load.recovered(100);
  await load.settle();
});
