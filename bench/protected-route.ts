/**
 * What the check of an access token costs a route, in each framework, beside the same route without a check; and what
 * it costs with the libraries that others use. From the root of the repository:
 *
 *     npm ci --prefix bench
 *     npx node --conditions=@counterfoil/source bench/protected-route.ts [FRAMEWORK…]
 *
 * Closed loop, 32 connections. Each server has a process, the load another one. A share is of requests per second of
 * the *server's* processor time, so that it does not matter who of the two is the bottleneck. Unprotected routes get the
 * same requests: a server reads the header all the same.
 */
import { median, rounds, row, verdict } from "./measure.ts";
import { startProcess } from "./process.ts";
import type { Process } from "./process.ts";
import { VALUE } from "./processes/load.ts";
import type { LoadResult } from "./processes/load.ts";
import type { RouteInput } from "./processes/protected-route.ts";

const ROUNDS = 24;
const ROUND_MS = 200;
const CONNECTIONS = 32;
const TARGET = 0.9;
const DISTINCT = 1000;

interface Contender extends RouteInput {
  readonly tokens: number;
  readonly server: Process;
  readonly values: readonly string[];
  readonly rates: number[];
  readonly perSecond: number[];
}

const FRAMEWORKS: readonly (readonly [RouteInput["framework"], readonly RouteInput["check"][]])[] = [
  ["node:http", ["none", "counterfoil"]],
  ["fastify", ["none", "counterfoil", "@fastify/jwt"]],
  ["hono", ["none", "counterfoil"]],
  ["express", ["none", "counterfoil", "express-jwt", "passport-jwt"]],
];

const named = process.argv.slice(2);
const unknown = named.find((name) => !FRAMEWORKS.some(([framework]) => framework === name));
if (unknown !== undefined) throw new TypeError(`${unknown} is none of ${FRAMEWORKS.map(([name]) => name).join(", ")}.`);

await using load = await startProcess("load");
row("", "req/s", "per CPU second", "of no check");
for (const [framework, checks] of FRAMEWORKS) {
  if (named.length === 0 || named.includes(framework)) await compare(framework, checks);
}

async function compare(framework: RouteInput["framework"], checks: readonly RouteInput["check"][]): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  for (const check of checks) {
    const server = stack.use(await startProcess("protected-route", { framework, check }));
    const values = await server.ask<string[]>({ tokens: DISTINCT });
    for (const tokens of [1, DISTINCT]) {
      contenders.push({ framework, check, tokens, server, values: values.slice(0, tokens), rates: [], perSecond: [] });
    }
  }
  for (const one of contenders) await measure(one, 4 * ROUND_MS);
  for (const one of contenders) one.rates.length = one.perSecond.length = 0;
  for (const one of rounds(contenders, ROUNDS)) await measure(one, ROUND_MS);

  for (const one of contenders) {
    const unchecked = contenders.find(({ check, tokens }) => check === "none" && tokens === one.tokens)!;
    const name = `${framework}, ${one.check}, ${one.tokens === 1 ? "one token" : `${DISTINCT} tokens`}`;
    const kept = median(one.perSecond.map((rate, round) => rate / unchecked.perSecond[round]!));
    row(name, median(one.rates).toFixed(0), median(one.perSecond).toFixed(0), kept.toFixed(2));
    if (one.check === "counterfoil") verdict(`${name}: ${kept.toFixed(2)} (target ${TARGET})`, kept >= TARGET);
  }
}

async function measure({ framework, check, server, values, rates, perSecond }: Contender, milliseconds: number) {
  const port = server.ready["port"];
  const request = `GET /orders HTTP/1.1\r\nHost: localhost:${port}\r\nUser-Agent: bench\r\nAccept: application/json\r\nAuthorization: Bearer ${VALUE}\r\n\r\n`;
  const before = await server.ask<NodeJS.CpuUsage>({});
  const result = await load.ask<LoadResult>({ port, request, values, connections: CONNECTIONS, milliseconds });
  const after = await server.ask<NodeJS.CpuUsage>({});
  if (result.statuses["200"] !== result.answered) {
    throw new Error(`${framework}, ${check}: ${JSON.stringify(result.statuses)}`);
  }
  rates.push(result.answered / result.seconds);
  perSecond.push((result.answered * 1e6) / (after.user + after.system - before.user - before.system));
}
