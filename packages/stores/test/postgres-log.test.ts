import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "@counterfoil/core";
import { postgresLedger } from "@counterfoil/stores/postgres";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import { seeded } from "../../../e2e/support/random.ts";
import { facts } from "./make.ts";
import { newSchema } from "./postgres-store.ts";

const { "18": address } = inject("postgres");

/** An empty ledger, opened as often as there are servers, and connections that write to it by hand. */
async function openPlace(stack: AsyncDisposableStack, servers: number, pool = 3) {
  const schema = newSchema();
  const ledgers: Ledger[] = [];
  for (let count = 0; count < servers; count++) {
    const ledger = stack.use(postgresLedger({ url: `${address}?schema=${schema}&pool=${pool}` }));
    await ledger.open();
    ledgers.push(ledger);
  }
  const connect = async () => {
    const client = new Client({ connectionString: address, options: `-c search_path=${schema}` });
    await client.connect();
    stack.defer(() => client.end());
    return client;
  };
  return { ledgers, connect };
}

const INSERTS = {
  revocations: `INSERT INTO revocations (entry) SELECT '{"type":"session-revoked","sid":"' || $1 || '"}'`,
  events: `INSERT INTO events (at, type, details) SELECT ledger_now(), 'events_dropped', '{"count":' || $1 || '}'`,
} as const;

type Log = keyof typeof INSERTS;

interface Writing {
  readonly written: readonly string[];
  readonly isOver: () => boolean;
  readonly done: Promise<unknown>;
}

/**
 * Many connections write, each transaction a few rows, held open for a while between the insert and the commit. Beside
 * them another application's transactions last long, and write to a table of its own.
 */
async function write(
  connect: () => Promise<Client>,
  log: Log,
  { connections = 12, transactions = 60 } = {},
): Promise<Writing> {
  const random = seeded(126);
  const written: string[] = [];
  const open = new Set(Array.from({ length: connections }, (_, index) => index));
  const writer = async (index: number) => {
    const client = await connect();
    for (let turn = 0; turn < transactions; turn++) {
      await client.query("BEGIN");
      for (let row = 0; row < 1 + Math.floor(random() * 7); row++) {
        const name = String(index * 1_000_000 + turn * 100 + row);
        await client.query(INSERTS[log], [name]);
        written.push(name);
      }
      // Most commit at once, and some long after others that began later.
      if (random() < 0.3) await sleep(random() * 30);
      await client.query("COMMIT");
    }
    open.delete(index);
  };
  const unrelated = async () => {
    const client = await connect();
    await client.query("CREATE SCHEMA IF NOT EXISTS unrelated; CREATE TABLE IF NOT EXISTS unrelated.work (number int)");
    while (open.size > 0) {
      await client.query("BEGIN");
      await client.query("INSERT INTO unrelated.work VALUES (1)");
      await sleep(200);
      await client.query("COMMIT");
    }
  };
  const done = Promise.all([unrelated(), ...Array.from({ length: connections }, (_, index) => writer(index))]);
  return { written, isOver: () => open.size === 0, done };
}

/**
 * Reads on and on, and when all is written until it has all: whoever follows the events waits for each transaction that
 * there was, also those of other tests. Then once more, as nothing may come twice.
 */
async function untilOver({ isOver, done, written }: Writing, read: () => Promise<number>): Promise<void> {
  while (!isOver()) {
    await read();
    await sleep(1);
  }
  await done;
  await expect.poll(read, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(written.length);
  await read();
}

test("R126 a revocation that is committed after a later one was read is in the next read, where the order of its number would have lost it", async () => {
  await using stack = new AsyncDisposableStack();
  const { ledgers, connect } = await openPlace(stack, 1);
  const [slow, fast] = [await connect(), await connect()];
  const { cursor: start } = await ledgers[0]!.readRevocations(null);
  await slow.query("BEGIN");
  await slow.query(INSERTS.revocations, ["slow"]);
  await fast.query(INSERTS.revocations, ["fast"]);
  const before = await ledgers[0]!.readRevocations(start);
  expect(facts(before)).toEqual([{ type: "session-revoked", sid: "fast" }]);
  // Whoever comes back with that cursor has to be told of what is behind it.
  expect([before.cursor, before.held]).toEqual([start, true]);
  await slow.query("COMMIT");
  const after = await ledgers[0]!.readRevocations(before.cursor);
  await expect.poll(async () => (await ledgers[0]!.readRevocations(before.cursor)).held).toBe(false);
  expect(facts(after)).toContainEqual({ type: "session-revoked", sid: "slow" });
  const { rows } = await fast.query<{ entry: string }>("SELECT entry FROM revocations ORDER BY id");
  expect(rows.map(({ entry }) => (JSON.parse(entry) as { readonly sid: string }).sid)).toEqual(["slow", "fast"]);
});

test("R126 readers miss none of thousands of revocations by many connections, whatever is held open beside them", async () => {
  await using stack = new AsyncDisposableStack();
  const { ledgers, connect } = await openPlace(stack, 3);
  const writing = await write(connect, "revocations");
  const seen = ledgers.map(() => new Set<string>());
  const reading = ledgers.map(async (ledger, index) => {
    let cursor: string | null = null;
    await untilOver(writing, async () => {
      const read: Awaited<ReturnType<Ledger["readRevocations"]>> = await ledger.readRevocations(cursor);
      for (const entry of read.entries) if (entry.type === "session-revoked") seen[index]!.add(entry.sid);
      ({ cursor } = read);
      return seen[index]!.size;
    });
  });
  await Promise.all(reading);
  expect(writing.written.length).toBeGreaterThan(2000);
  for (const each of seen) expect([...each].toSorted()).toEqual([...writing.written].toSorted());
});

test("whoever follows the events gets each of them once, and counts each once, whatever is held open beside them", async () => {
  await using stack = new AsyncDisposableStack();
  const { ledgers, connect } = await openPlace(stack, 2);
  const [pages, counts] = ledgers as [Ledger, Ledger];
  const writing = await write(connect, "events", { connections: 8, transactions: 60 });
  const seen: string[] = [];
  let counted = 0;
  let [page, count]: [number | undefined, number | null] = [undefined, null];
  await Promise.all([
    untilOver(writing, async () => {
      const { events, reached } = await pages.pageEvents({ order: "oldest_first", limit: 50, after: page });
      for (const { body } of events) if (body.type === "events_dropped") seen.push(String(body.count));
      page = reached ?? page;
      return seen.length;
    }),
    untilOver(writing, async () => {
      const read = await counts.countEvents({ after: count, since: 0 });
      for (const each of read.counts) if (each.type === "events_dropped") counted += each.count;
      count = read.reached ?? count;
      return counted;
    }),
  ]);
  expect(writing.written.length).toBeGreaterThan(1000);
  expect(seen.toSorted()).toEqual([...writing.written].toSorted());
  expect(counted).toBe(writing.written.length);
});

test("who looks first while a transaction is open is told how far the events have come, and goes on behind it", async () => {
  await using stack = new AsyncDisposableStack();
  const { ledgers, connect } = await openPlace(stack, 2);
  const [slow, writer] = [await connect(), await connect()];
  for (const name of ["1", "2"]) await writer.query(INSERTS.events, [name]);
  await slow.query("BEGIN");
  await slow.query(INSERTS.events, ["3"]);
  await writer.query(INSERTS.events, ["4"]);
  const horizon = await ledgers[0]!.eventHorizon();
  expect(horizon).toEqual({ newest: 4, settled: 4 });
  const follow = async (after: number) => {
    const { events } = await ledgers[0]!.pageEvents({ order: "oldest_first", after, limit: 10 });
    return events.map(({ id }) => id);
  };
  expect(await follow(0)).toEqual([]);
  await slow.query("COMMIT");
  await writer.query(INSERTS.events, ["5"]);
  await expect.poll(() => follow(horizon.settled), { timeout: 30_000 }).toEqual([5]);
  expect(await follow(0)).toEqual([1, 2, 3, 4, 5]);
});

test("however many look at once while many write, what was settled stays so", async () => {
  await using stack = new AsyncDisposableStack();
  const { ledgers, connect } = await openPlace(stack, 1, 12);
  const [ledger] = ledgers;
  await (await connect()).query(INSERTS.events, ["0"]);
  const firstSettled = async () => (await ledger!.pageEvents({ order: "oldest_first", limit: 1 })).events.length;
  await expect.poll(firstSettled, { timeout: 30_000 }).toBe(1);
  const writing = await write(connect, "events", { connections: 4, transactions: 60 });
  const looked: number[] = [];
  const looking = Array.from({ length: 10 }, async () => {
    while (!writing.isOver()) looked.push(await firstSettled());
  });
  await Promise.all([...looking, writing.done]);
  expect(looked.length).toBeGreaterThan(10);
  expect(new Set(looked)).toEqual(new Set([1]));
});
