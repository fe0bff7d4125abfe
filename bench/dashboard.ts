/**
 * What the check of a credential costs a protected route: `/dashboard` by cookie and by access token, beside the same
 * route without a check and bare `node:http`. From the root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/dashboard.ts
 *
 * The server has one process, the load another one. A share is of requests per second of the *server's* processor
 * time: what the server could answer on a core of its own, also where the load or another process is the bottleneck.
 */
import { join } from "node:path";
import { median, rounds, row, verdict } from "./measure.ts";
import { freePort, temporaryDirectory } from "./place.ts";
import { startProcess } from "./process.ts";
import type { Process } from "./process.ts";
import type { OpenedSession } from "./processes/counterfoil.ts";
import type { LoadResult } from "./processes/load.ts";

/** Many and short: a machine's speed changes from second to second, and hits the neighbours in a round alike. */
const ROUNDS = 36;
const ROUND_MS = 250;
const CONNECTIONS = 32;
const TARGET = 0.85;

interface Contender {
  readonly name: string;
  readonly server: Process;
  readonly request: string;
  readonly rates: number[];
  readonly perSecond: number[];
}

{
  await using directory = await temporaryDirectory();
  await using bare = await startProcess("bare");
  await using server = await startProcess("counterfoil", {
    ledger: `sqlite:${join(directory.path, "counterfoil.db")}`,
    port: await freePort(),
  });
  await using load = await startProcess("load");
  const [byCookie] = await server.ask<OpenedSession[]>({ open: 1, transport: "cookie" });
  const [byToken] = await server.ask<OpenedSession[]>({ open: 1, transport: "bearer" });
  const contender = (name: string, from: Process, path: string, header = ""): Contender => ({
    name,
    server: from,
    // What a browser sends is longer; it is the same for all.
    request: `GET ${path} HTTP/1.1\r\nHost: localhost:${from.ready["port"]}\r\nUser-Agent: bench\r\nAccept: application/json\r\n${header}\r\n`,
    rates: [],
    perSecond: [],
  });
  const cookie = `Cookie: ${byCookie!.carried}\r\n`;
  const token = `Authorization: Bearer ${byToken!.access}\r\n`;
  // What is not checked is sent too: a server reads it all the same.
  const pairs = [
    [contender("no check, cookie", server, "/unchecked", cookie), contender("by cookie", server, "/dashboard", cookie)],
    [contender("no check, token", server, "/unchecked", token), contender("by token", server, "/dashboard", token)],
  ] as const;
  const onlyNode = contender("bare node:http", bare, "/", cookie);
  const contenders = [onlyNode, ...pairs.flat()];
  for (const one of contenders) await measure(one, load, 4 * ROUND_MS);
  for (const one of contenders) one.rates.length = one.perSecond.length = 0;
  for (const one of rounds(contenders, ROUNDS)) await measure(one, load, ROUND_MS);

  row("", "req/s", "per CPU second", "of node:http");
  for (const one of contenders) {
    row(one.name, median(one.rates).toFixed(0), median(one.perSecond).toFixed(0), share(one, onlyNode).toFixed(2));
  }
  for (const [unchecked, checked] of pairs) {
    const kept = share(checked, unchecked);
    verdict(
      `/dashboard ${checked.name}: ${kept.toFixed(2)} of the same without a check (target ${TARGET})`,
      kept >= TARGET,
    );
  }
}

/** The median over the rounds, in each of which both were measured within a second or two. */
function share(one: Contender, other: Contender): number {
  return median(one.perSecond.map((rate, round) => rate / other.perSecond[round]!));
}

async function measure({ name, server, request, rates, perSecond }: Contender, load: Process, milliseconds: number) {
  const before = await server.ask<NodeJS.CpuUsage>({});
  const port = server.ready["port"];
  const result = await load.ask<LoadResult>({ port, request, connections: CONNECTIONS, milliseconds });
  const after = await server.ask<NodeJS.CpuUsage>({});
  if (result.statuses["200"] !== result.answered) throw new Error(`${name}: ${JSON.stringify(result.statuses)}`);
  rates.push(result.answered / result.seconds);
  perSecond.push((result.answered * 1e6) / (after.user + after.system - before.user - before.system));
}
