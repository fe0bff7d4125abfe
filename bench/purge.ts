/**
 * How fast a server deletes what is dead, and what that does to those whom it serves meanwhile: 100,000 sessions that
 * ended two days ago and their events, `/dashboard` and `/refresh` as they are without it and beside it. From the root
 * of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/purge.ts
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fillLedger } from "./ledger-of.ts";
import { percentile, row, verdict } from "./measure.ts";
import { freePort, temporaryDirectory } from "./place.ts";
import { startProcess } from "./process.ts";
import type { OpenedSession } from "./processes/counterfoil.ts";
import type { ProbeResult, Question } from "./processes/probe.ts";

const DEAD = 100_000;
const DAY = 86_400;
const OBSERVE_MS = 10_000;
const EVERY_MS = 10;
const TARGET_MS = 100;

await using directory = await temporaryDirectory();
const path = join(directory.path, "counterfoil.db");
const filled = await fillLedger({ path, sessions: DEAD, sample: 1, endedSecondsAgo: 2 * DAY, eventsOfEach: 1 });
await filled[Symbol.asyncDispose]();
const reader = new DatabaseSync(path, { readOnly: true });
const left = () =>
  Number(reader.prepare("SELECT count(*) AS dead FROM sessions WHERE ended_at IS NOT NULL").get()?.["dead"]);

const port = await freePort();
await using server = await startProcess("counterfoil", { ledger: `sqlite:${path}`, port });
await using probe = await startProcess("probe");
const [byCookie] = await server.ask<OpenedSession[]>({ open: 1, transport: "cookie" });
const sessions = await server.ask<OpenedSession[]>({ open: OBSERVE_MS / EVERY_MS, transport: "bearer" });

while (left() === DEAD) await sleep(50);
const before = left();
const started = performance.now();
const seen = await observe(OBSERVE_MS);
const rate = ((before - left()) * 1000) / (performance.now() - started);
if (left() === 0) console.log("  It ended before the observation did: the rate is too low by that.");

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
reader.close();

function observe(milliseconds: number): Promise<ProbeResult> {
  const cookie = { Cookie: byCookie!.carried };
  const questions = sessions.flatMap(({ carried }): Question[] => [
    { name: "/dashboard by cookie", method: "GET", path: "/dashboard", headers: cookie },
    { name: "/refresh", method: "POST", path: "/refresh", headers: { Authorization: `Bearer ${carried}` } },
  ]);
  return probe.ask<ProbeResult>({ port, milliseconds, everyMs: EVERY_MS, questions });
}
