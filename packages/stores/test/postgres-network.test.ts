import type { Ledger } from "@counterfoil/core";
import { postgresLedger } from "@counterfoil/stores/postgres";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import { openLink } from "../../../e2e/support/link.ts";
import { context } from "./make.ts";
import { newSchema } from "./postgres-store.ts";

const { "18": address } = inject("postgres");
const PATIENCE = { timeout: 20_000, interval: 20 };

/** A ledger whose network to the database can be cut. */
async function openFar() {
  const { port } = new URL(address);
  const link = await openLink(() => Number(port));
  const name = newSchema();
  const url = new URL(`${address}?schema=${name}&pool=3`);
  url.port = String(link.port);
  const ledger = postgresLedger({ url: url.href, applicationName: name });
  await ledger.open();
  return { link, ledger, connections: () => connectionsOf(name) };
}

/** How many the database has of a ledger, by its name. */
async function connectionsOf(name: string): Promise<number> {
  const client = new Client({ connectionString: address });
  await client.connect();
  const { rows } = await client.query<{ count: string }>(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1",
    [name],
  );
  await client.end();
  return Number(rows[0]?.count);
}

const event = {
  body: { type: "events_dropped", count: 1 },
  subject: null,
  sid: null,
  context: context(),
  agoMs: 0,
} as const;

function useAll(ledger: Ledger): Promise<readonly unknown[]> {
  const ask = [ledger.readRevocations(null), ledger.listUsers({ limit: 1 }), ledger.appendEvents([event])];
  return Promise.all(
    ask.map((answer) =>
      answer.then(
        () => "answered",
        (error: unknown) => String(error),
      ),
    ),
  );
}

const ANSWERED = ["answered", "answered", "answered"];

test("R162 while the network swallows all, everything is a StoreError in bounded time; healed, it has as many connections as before", async () => {
  const { link, ledger, connections } = await openFar();
  expect(await useAll(ledger)).toEqual(ANSWERED);
  link.cut();
  const before = link.connections;
  const after: number[] = [];
  // Again and again, as a follower does: it connects anew each time.
  for (let turn = 0; turn < 2; turn++) {
    for (const answer of await useAll(ledger)) {
      expect(answer).toMatch(/^StoreError: The ledger('s database does not answer| is busy)/);
    }
    after.push(link.connections);
  }
  // After as long as an answer may take, none of them has waited for another connection as well.
  expect(after[0]).toBe(before);
  link.heal();
  await expect.poll(() => useAll(ledger), PATIENCE).toEqual(ANSWERED);
  await expect.poll(connections, PATIENCE).toBeLessThanOrEqual(4);
  await ledger[Symbol.asyncDispose]();
  await expect.poll(connections, PATIENCE).toBe(0);
  await link[Symbol.asyncDispose]();
});

test("a ledger is closed although its network swallows the farewell, and leaves no socket behind", async () => {
  const { link, ledger, connections } = await openFar();
  expect(await useAll(ledger)).toEqual(ANSWERED);
  link.cut();
  await ledger[Symbol.asyncDispose]();
  link.heal();
  await expect.poll(connections, PATIENCE).toBe(0);
  await link[Symbol.asyncDispose]();
});
