import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "./support/http.ts";
import { Cluster } from "./support/cluster/cluster.ts";
import { Load } from "./support/cluster/load.ts";
import { seeded } from "./support/random.ts";

const PATIENCE = { timeout: 30_000, interval: 20 };

let cluster: Cluster;

beforeAll(async () => {
  // A server that is told to stop answers on until the balancer has taken it out.
  cluster = await Cluster.start({ env: { COUNTERFOIL_DRAIN_SECONDS: "1" } });
});

afterAll(() => cluster[Symbol.asyncDispose]());

const readiness = () => Promise.all(cluster.nodes.map(async (node) => (await call(node, "GET", "/readyz")).status));

test("R065 R162 servers that are killed at random under load sign nobody out, fork nothing, and let nobody in who has left", async () => {
  const random = seeded(7);
  await using load = await Load.start(cluster, { seed: 70 });
  await load.answers(50);
  for (let round = 0; round < 5; round++) {
    // One, two, and once all of them.
    const count = round === 3 ? 3 : 1 + Math.floor(random() * 2);
    const first = Math.floor(random() * 3);
    const killed = cluster.nodes.filter((_, index) => (index - first + 3) % 3 < count);
    await Promise.all(killed.map((node) => node.kill()));
    await sleep(random() * 300);
    await Promise.all(killed.map((node) => node.start()));
    await load.answers(30);
  }
  await load.recovered();
  await load.settle();
  expect(load.tally.rotations).toBeGreaterThan(20);
  expect(load.ended.length).toBeGreaterThan(3);
});

test("R064 R162 a database that is restarted, crashes or is killed is 503 for as long as it is gone, and the servers find it again", async () => {
  await using load = await Load.start(cluster, { seed: 71 });
  await load.answers(50);
  const { database } = cluster;
  for (const end of [() => database.stop("fast"), () => database.stop("immediate"), () => database.kill()]) {
    const { unavailable } = load.tally;
    await end();
    await expect.poll(readiness, PATIENCE).toEqual([503, 503, 503]);
    await expect.poll(() => load.tally.unavailable, PATIENCE).toBeGreaterThan(unavailable + 20);
    await database.restart();
    await expect.poll(readiness, PATIENCE).toEqual([200, 200, 200]);
    await load.recovered();
  }
  await load.settle();
  for (const { server } of cluster.nodes) {
    // It is told when it goes and when it is back; not with each request and each look of a balancer meanwhile.
    const lines = server.output().split("\n");
    const said = (message: string) => lines.filter((line) => line.includes(`"msg":"${message}"`));
    expect(said("ledger out of reach").length).toBeGreaterThanOrEqual(3);
    expect(said("ledger in reach again")).toHaveLength(said("ledger out of reach").length);
    expect(said("fault").filter((line) => /"stack"|"\/readyz"/.test(line))).toEqual([]);
  }
});

test("a later version's migration runs under load, and the servers are replaced one by one: nothing fails but what says when to come again", async () => {
  const { database } = cluster;
  await using load = await Load.start(cluster, { seed: 72 });
  await load.recovered();
  await database.query(`
    BEGIN;
    SET LOCAL search_path = counterfoil;
    ALTER TABLE sessions ADD COLUMN later text;
    ALTER TABLE users ADD COLUMN later integer NOT NULL DEFAULT 0;
    ALTER TABLE events ADD COLUMN later text;
    INSERT INTO migrations SELECT max(version) + 1, 1, ledger_now() FROM migrations;
    COMMIT;`);
  // What was prepared before it is prepared again: nobody has to start a server for that.
  await load.recovered(100);
  for (const node of cluster.nodes) {
    expect((await node.stop()).code).toBe(0);
    await node.start();
    await expect.poll(() => cluster.balancer.up(), PATIENCE).toEqual(["a", "b", "c"]);
  }
  await load.answers(50);
  await load.settle();
  expect(load.tally.broken).toBe(0);
});

test("a migration that this version cannot work with stops its start with a sentence, and those that run go on", async () => {
  const { database, nodes } = cluster;
  const [first, ...others] = nodes;
  const [held] = await cluster.openSessions(1, "bearer");
  await first!.stop();
  await database.query(`
    INSERT INTO counterfoil.migrations SELECT max(version) + 1, max(version) + 1, 0 FROM counterfoil.migrations`);
  await expect(first!.start()).rejects.toThrow(
    "The server did not start: counterfoil: A newer version of Counterfoil wrote this ledger: start that version, or a newer one.\n",
  );
  for (const node of others) expect((await call(node, "POST", "/refresh", { token: held!.refresh })).status).toBe(200);
});
