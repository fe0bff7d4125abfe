/**
 * How fast a server deletes what is dead, and what that does to those whom it serves meanwhile: 100,000 sessions that
 * ended two days ago and their events, `/dashboard` and `/refresh` as they are without it and beside it. From the root
 * of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/purge.ts
 *     npx node --conditions=@counterfoil/source bench/purge.ts postgres           # or beside so many live ones:
 *     npx node --conditions=@counterfoil/source bench/purge.ts postgres 1000000
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fillLedger } from "./ledger-of.ts";
import { percentile, row, verdict } from "./measure.ts";
import { freePort, temporaryDirectory } from "./place.ts";
import { fillSchema } from "./postgres/fill.ts";
import { startPostgres } from "./postgres/server.ts";
import { startProcess } from "./process.ts";
import type { OpenedSession } from "./processes/counterfoil.ts";
import type { ProbeResult, Question } from "./processes/probe.ts";

const DEAD = 100_000;
const DAY = 86_400;
const OBSERVE_MS = 10_000;
const EVERY_MS = 10;
const TARGET_MS = 100;

interface Full extends AsyncDisposable {
  /** Its address. */
  readonly ledger: string;
  /** How many of the dead there still are. */
  readonly left: () => Promise<number>;
}

await using full = process.argv[2] === "postgres" ? await onPostgres(Number(process.argv[3] ?? 0)) : await onSqlite();
const { left } = full;
const port = await freePort();
await using server = await startProcess("counterfoil", { ledger: full.ledger, port });
await using probe = await startProcess("probe");
const [byCookie] = await server.ask<OpenedSession[]>({ open: 1, transport: "cookie" });
const sessions = await server.ask<OpenedSession[]>({ open: OBSERVE_MS / EVERY_MS, transport: "bearer" });

while ((await left()) === DEAD) await sleep(50);
const before = await left();
const started = performance.now();
const seen = await observe(OBSERVE_MS);
const rate = ((before - (await left())) * 1000) / (performance.now() - started);
if ((await left()) === 0) console.log("  It ended before the observation did: the rate is too low by that.");

row("", "p50", "p99", "max");
for (const [name, times] of Object.entries(seen.latencies)) {
  row(name, ...[0.5, 0.99, 1].map((share) => `${percentile(times, share).toFixed(1)} ms`));
}
console.log(`  ${rate.toFixed(0)} sessions a second deleted meanwhile`);
for (const [name, times] of Object.entries(seen.latencies)) {
  const p99 = percentile(times, 0.99);
  verdict(`${name}: p99 ${p99.toFixed(1)} ms (target ${TARGET_MS})`, p99 < TARGET_MS);
}
verdict(`${rate.toFixed(0)} a second: 86 million a day take ${(86e6 / rate / 3600).toFixed(1)} hours`, rate > 1000);

async function onSqlite(): Promise<Full> {
  const directory = await temporaryDirectory();
  const path = join(directory.path, "counterfoil.db");
  const filled = await fillLedger({ path, sessions: DEAD, sample: 1, endedSecondsAgo: 2 * DAY, eventsOfEach: 1 });
  await filled[Symbol.asyncDispose]();
  const reader = new DatabaseSync(path, { readOnly: true });
  const count = reader.prepare("SELECT count(*) AS dead FROM sessions WHERE ended_at IS NOT NULL");
  return {
    ledger: `sqlite:${path}`,
    left: async () => Number(count.get()?.["dead"]),
    async [Symbol.asyncDispose]() {
      reader.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function onPostgres(live: number): Promise<Full> {
  const database = await startPostgres({ max_wal_size: "32GB" });
  const [schema, eventsOfEach] = ["counterfoil", 1];
  await fillSchema(database, { schema, sessions: live, eventsOfEach });
  await fillSchema(database, { schema, sessions: DEAD, first: live, endedSecondsAgo: 2 * DAY, eventsOfEach });
  const count = `select count(*) as dead from ${schema}.sessions where ended_at is not null`;
  return {
    ledger: database.url(),
    left: async () => Number((await database.query<{ dead: string }>(count))[0]!.dead),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

function observe(milliseconds: number): Promise<ProbeResult> {
  const cookie = { Cookie: byCookie!.carried };
  const questions = sessions.flatMap(({ carried }): Question[] => [
    { name: "/dashboard by cookie", method: "GET", path: "/dashboard", headers: cookie },
    { name: "/refresh", method: "POST", path: "/refresh", headers: { Authorization: `Bearer ${carried}` } },
  ]);
  return probe.ask<ProbeResult>({ port, milliseconds, everyMs: EVERY_MS, questions });
}
