import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask } from "./support/cluster/ask.ts";
import { Cluster } from "./support/cluster/cluster.ts";
import { Load } from "./support/cluster/load.ts";
import type { Node } from "./support/cluster/node.ts";
import { follow, received } from "./support/feed.ts";
import { call } from "./support/http.ts";

const PATIENCE = { timeout: 30_000, interval: 20 };

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
});

afterAll(() => cluster[Symbol.asyncDispose]());

const readyz = async (node: Node) => (await call(node, "GET", "/readyz")).status;

test("R021 R127 R162 a server whose network to the database swallows all lets nobody in, proves nothing, and is taken out; the others go on, and so does it once healed", async () => {
  const [cut, other] = cluster.nodes as [Node, Node];
  const credential = await cluster.addVerifier("orders");
  const [kept, leaving] = await cluster.openSessions(2, "cookie");
  const [bearer] = await cluster.openSessions(1, "bearer");
  const warm = [
    { cookie: kept!.cookie },
    { cookie: leaving!.cookie },
    { token: kept!.access },
    { token: bearer!.access },
  ];
  const look = () => Promise.all(warm.map((presented) => ask(cut, "GET", "/me", presented)));
  // All of them are in its memory.
  expect((await look()).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  await using stream = await follow(cut, credential);
  await received(stream, 2);
  await using load = await Load.start(cluster, { seed: 73, clients: 12, spares: 20 });
  await load.recovered();

  cut.link.cut();
  await using ends = new AsyncDisposableStack();
  ends.defer(() => cut.link.heal());
  const cutAt = performance.now();
  // What it asks the database for once more while the network is gone: the sign-out of a user of the other servers.
  expect((await call(other, "POST", "/logout", { cookie: leaving!.cookie })).status).toBe(204);
  const looks: Promise<{ readonly at: number; readonly statuses: readonly (number | null)[] }>[] = [];
  const looking = setInterval(() => {
    const at = performance.now();
    looks.push(look().then((answers) => ({ at, statuses: answers.map(({ status }) => status) })));
  }, 100);
  await expect.poll(() => cluster.balancer.up(), PATIENCE).toEqual(["b", "c"]);
  expect(await readyz(cut)).toBe(503);
  const receipts = stream.receipts().length;
  await expect.poll(() => performance.now(), PATIENCE).toBeGreaterThan(cutAt + 2.5 * STALENESS_BOUND_MS);
  clearInterval(looking);
  const seen = await Promise.all(looks);
  expect(stream.receipts()).toHaveLength(receipts);
  const late = seen.filter(({ at }) => at > cutAt + STALENESS_BOUND_MS);
  expect(late.length).toBeGreaterThan(5);
  expect(late.map(({ statuses }) => statuses)).toEqual(late.map(() => [503, 503, 503, 503]));
  for (const [method, path, presented] of [
    ["POST", "/refresh", { token: bearer!.refresh, key: "key-of-this-token" }],
    ["POST", "/logout", { token: bearer!.refresh }],
    ["GET", "/revocations", { token: credential }],
  ] as const) {
    const { status, retryAfter } = await ask(cut, method, path, presented);
    expect([path, status, retryAfter]).toEqual([path, 503, "1"]);
  }
  // The rest of the crowd goes on without it: nothing fails once it is out.
  await load.recovered(100);

  cut.link.heal();
  await expect.poll(() => cluster.balancer.up(), PATIENCE).toEqual(["a", "b", "c"]);
  await expect.poll(async () => (await look()).map(({ status }) => status), PATIENCE).toEqual([200, 401, 200, 200]);
  await load.recovered(100);
  await load.settle();
  expect((await call(cut, "POST", "/refresh", { token: bearer!.refresh })).status).toBe(200);
});

test("R162 a server whose connections to the database are refused or reset is 503 for that long alone, and nobody is signed out", async () => {
  const [first, second] = cluster.nodes as [Node, Node];
  await using load = await Load.start(cluster, { seed: 74, clients: 12, spares: 10 });
  await load.recovered();
  for (let round = 0; round < 10; round++) {
    first.link.reset();
    second.link.reset();
    await load.answers(10);
  }
  await load.recovered();
  await load.settle();
  expect(load.tally.rotations).toBeGreaterThan(0);
});
