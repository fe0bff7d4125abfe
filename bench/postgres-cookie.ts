/**
 * The check of a warm cookie on three servers with one ledger on PostgreSQL: what it costs beside the same route without
 * a check, and how many statements reach the database for it, beside those that three idle servers send. From the root
 * of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/postgres-cookie.ts
 *
 * A share is of requests per second of the server's processor time, as in dashboard.ts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { median, rounds, row, verdict } from "./measure.ts";
import { startFleet } from "./postgres/fleet.ts";
import { counted, startCountingPostgres } from "./postgres/server.ts";
import { startProcess } from "./process.ts";
import type { Process } from "./process.ts";
import type { OpenedSession } from "./processes/counterfoil.ts";
import { VALUE } from "./processes/load.ts";
import type { Load, LoadResult } from "./processes/load.ts";

const SERVERS = 3;
const SESSIONS = 30;
const CONNECTIONS = 32;
const ROUNDS = 16;
const ROUND_MS = 250;
const SATURATION_MS = 4000;
const COUNTED_MS = 12_000;
const TARGET = 0.85;

await using database = await startCountingPostgres();
await using fleet = await startFleet(database.url(), SERVERS);
await using stack = new AsyncDisposableStack();
const loads: Process[] = [];
for (let index = 0; index < SERVERS; index++) loads.push(stack.use(await startProcess("load")));
let values = await open();

interface Contender {
  readonly name: string;
  readonly server: number;
  readonly path: string;
  readonly perSecond: number[];
}
const contenders: readonly Contender[] = fleet.servers.flatMap((_, server) => [
  { name: `no check, server ${server + 1}`, server, path: "/unchecked", perSecond: [] },
  { name: `by cookie, server ${server + 1}`, server, path: "/dashboard", perSecond: [] },
]);
// Each cookie's first check at each server is read from the ledger; what is compiled belongs to nobody either.
for (const one of contenders) await measure(one, 4 * ROUND_MS);
for (const { perSecond } of contenders) perSecond.length = 0;
for (const one of rounds(contenders, ROUNDS)) await measure(one, ROUND_MS);

const full = await Promise.all(loads.map((_, server) => send(server, "/dashboard", SATURATION_MS)));
const saturation = full.reduce((sum, { answered, seconds }) => sum + answered / seconds, 0);
const idle = await countedWhile(() => sleep(COUNTED_MS));
// Their activity is noted once a minute, which is a request's cost of its own: these are younger.
values = await open();
await Promise.all(loads.map((_, server) => send(server, "/dashboard", 2 * ROUND_MS)));
let requests = 0;
const perSecond = Math.round(saturation / 2 / SERVERS);
const busy = await countedWhile(async () => {
  const results = await Promise.all(loads.map((_, server) => send(server, "/dashboard", COUNTED_MS, perSecond)));
  requests = results.reduce((sum, { answered }) => sum + answered, 0);
});

row("", "per CPU second", "of unchecked");
const shares: number[] = [];
for (let server = 0; server < SERVERS; server++) {
  const [unchecked, checked] = contenders.slice(2 * server, 2 * server + 2) as [Contender, Contender];
  shares.push(...checked.perSecond.map((rate, round) => rate / unchecked.perSecond[round]!));
  const share = median(shares.slice(-ROUNDS)).toFixed(2);
  row(unchecked.name, median(unchecked.perSecond).toFixed(0));
  row(checked.name, median(checked.perSecond).toFixed(0), share);
}
row("", "statements", "a second");
row("idle", `${idle.statements}`, (idle.statements / idle.seconds).toFixed(1));
row(`${requests} requests`, `${busy.statements}`, (busy.statements / busy.seconds).toFixed(1));
const share = median(shares);
verdict(`warm cookie: ${share.toFixed(2)} of the same without a check (target ${TARGET})`, share >= TARGET);
const each = (busy.statements - (idle.statements * busy.seconds) / idle.seconds) / requests;
verdict(
  `${Math.max(0, each).toFixed(4)} statements a request at ${(requests / busy.seconds).toFixed(0)} a second, half of saturation (target 0.00)`,
  each < 0.005,
);

async function open(): Promise<readonly string[]> {
  const sessions = await fleet.servers[0]!.ask<OpenedSession[]>({ open: SESSIONS, transport: "cookie" });
  return sessions.map(({ carried }) => carried);
}

async function measure({ server, path, perSecond: rates }: Contender, milliseconds: number): Promise<void> {
  const before = await fleet.servers[server]!.ask<NodeJS.CpuUsage>({});
  const { answered } = await send(server, path, milliseconds);
  const after = await fleet.servers[server]!.ask<NodeJS.CpuUsage>({});
  rates.push((answered * 1e6) / (after.user + after.system - before.user - before.system));
}

async function send(server: number, path: string, milliseconds: number, limit?: number): Promise<LoadResult> {
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost:${fleet.ports[0]}\r\nUser-Agent: bench\r\nAccept: application/json\r\nCookie: ${VALUE}\r\n\r\n`;
  const load: Load = {
    port: fleet.ports[server]!,
    request,
    values,
    connections: CONNECTIONS,
    milliseconds,
    ...(limit !== undefined && { perSecond: limit }),
  };
  const result = await loads[server]!.ask<LoadResult>(load);
  if (result.statuses["200"] !== result.answered) throw new Error(`${path}: ${JSON.stringify(result.statuses)}`);
  return result;
}

/** By the database's own count, which three servers that only follow the log and look after themselves are in too. */
async function countedWhile(act: () => Promise<unknown>) {
  const before = await counted(database);
  const start = performance.now();
  await act();
  const seconds = (performance.now() - start) / 1000;
  const after = await counted(database);
  return { statements: after.statements - before.statements, seconds };
}
