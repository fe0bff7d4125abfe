import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cluster } from "./support/cluster/cluster.ts";
import { Load } from "./support/cluster/load.ts";
import { seeded } from "./support/random.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
});

afterAll(() => cluster[Symbol.asyncDispose]());

test("R065 R162 servers that are killed at random under load sign nobody out, fork nothing, and let nobody in who has left", async () => {
  const random = seeded(7);
  const load = await Load.start(cluster, { seed: 70 });
  await load.answers(50);
  for (let round = 0; round < 7; round++) {
    // One, two, and once all of them.
    const count = round === 4 ? 3 : 1 + Math.floor(random() * 2);
    const first = Math.floor(random() * 3);
    const killed = cluster.nodes.filter((_, index) => (index - first + 3) % 3 < count);
    await Promise.all(killed.map((node) => node.kill()));
    await sleep(random() * 300);
    await Promise.all(killed.map((node) => node.start()));
    await load.answers(40);
  }
  await expect.poll(() => cluster.balancer.up(), { timeout: 10_000 }).toEqual(["a", "b", "c"]);
  const { tally } = load;
  await load.settle();
  expect(tally.rotations).toBeGreaterThan(20);
  expect(load.ended.length).toBeGreaterThan(3);
  console.log({ ...tally.violations, answered: tally.answered, unavailable: tally.unavailable, broken: tally.broken, rotations: tally.rotations, logouts: tally.logouts });
});
