/**
 * Log out on one of three servers with one ledger on PostgreSQL: how long until the two others refuse the cookie that
 * they have cached, with nothing else going on, and with all three at half of the load that saturates them. From the
 * root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/postgres-logout.ts
 */
import { percentile, row, verdict } from "./measure.ts";
import { startFleet } from "./postgres/fleet.ts";
import { startPostgres } from "./postgres/server.ts";
import { startProcess } from "./process.ts";
import type { Process } from "./process.ts";
import type { OpenedSession } from "./processes/counterfoil.ts";
import type { HolderQuestion, HolderResult } from "./processes/holder.ts";
import { VALUE } from "./processes/load.ts";
import type { LoadResult } from "./processes/load.ts";

const SERVERS = 3;
const SESSIONS = 300;
/** What is compiled by the first ones belongs to nobody. */
const WARMING = 30;
const PAUSE_MS = 20;
/** Longer than the measuring takes on any machine. */
const LOAD_MS = 120_000;
const ASK_EVERY_MS = 5;
const SATURATION_MS = 4000;
const TARGET_MS = 100;

await using database = await startPostgres();
await using fleet = await startFleet(database.url(), SERVERS);
await using holder = await startProcess("holder");
await using stack = new AsyncDisposableStack();
const loads: Process[] = [];
for (let index = 0; index < SERVERS; index++) loads.push(stack.use(await startProcess("load")));
const host = `localhost:${fleet.ports[0]}`;
const kept = (await open(30)).map(({ carried }) => carried);

console.log(`from a log-out to the refusal at two other servers, ${SESSIONS} sessions`);
row("", "p50", "p99", "max");
await signOut(WARMING);
await measure("nothing else going on");
const full = await Promise.all(loads.map((_, server) => send(server, SATURATION_MS)));
const perSecond = full.reduce((sum, { answered, seconds }) => sum + answered / seconds, 0) / 2;
// It ends with the bench, and is not waited for.
const loaded = loads.map((_, server) => send(server, LOAD_MS, Math.round(perSecond / SERVERS)));
for (const each of loaded) each.catch(() => undefined);
const p99 = await measure(`${perSecond.toFixed(0)} requests a second, half of saturation`);
verdict(`p99 ${p99.toFixed(1)} ms (target ${TARGET_MS})`, p99 < TARGET_MS);

/** The p99 from the moment when the log-out was asked for. */
async function measure(name: string): Promise<number> {
  const { sinceAsked, sinceAnswered } = await signOut(SESSIONS);
  console.log(`  ${name}`);
  print("since it was asked for", sinceAsked);
  print("since it was answered", sinceAnswered);
  return percentile(sinceAsked, 0.99);
}

async function signOut(count: number): Promise<HolderResult> {
  const cookies = (await open(count)).map(({ carried }) => carried);
  const { ports } = fleet;
  const question: HolderQuestion = { host, cookies, ports, pauseMs: PAUSE_MS, askEveryMs: ASK_EVERY_MS };
  return holder.ask<HolderResult>(question);
}

function print(name: string, times: readonly number[]): void {
  row(`  ${name}`, ...[0.5, 0.99, 1].map((share) => `${percentile(times, share).toFixed(1)} ms`));
}

function open(count: number): Promise<readonly OpenedSession[]> {
  return fleet.servers[0]!.ask<OpenedSession[]>({ open: count, transport: "cookie" });
}

function send(server: number, milliseconds: number, limit?: number): Promise<LoadResult> {
  const request = `GET /dashboard HTTP/1.1\r\nHost: ${host}\r\nCookie: ${VALUE}\r\n\r\n`;
  return loads[server]!.ask<LoadResult>({
    port: fleet.ports[server]!,
    request,
    values: kept,
    connections: 32,
    milliseconds,
    ...(limit !== undefined && { perSecond: limit }),
  });
}
