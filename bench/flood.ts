/**
 * What a flood of sign-ins does to everybody else: `/dashboard` and `/refresh` while as many clients as there are
 * connections sign in as users that nobody knows, each as often as it is answered. Every such name is a new one, and so
 * is its address, so no limit of guesses helps. From the root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/flood.ts
 */
import { join } from "node:path";
import { percentile, row, verdict } from "./measure.ts";
import { freePort, temporaryDirectory } from "./place.ts";
import { startProcess } from "./process.ts";
import type { OpenedSession } from "./processes/counterfoil.ts";
import { ADDRESS, COUNT } from "./processes/load.ts";
import type { LoadResult } from "./processes/load.ts";
import type { ProbeResult, Question } from "./processes/probe.ts";

const CALM_MS = 4000;
const FLOOD_MS = 12_000;
const CONNECTIONS = [16, 256];
const EVERY_MS = 10;
const TARGET_MS = 100;

await using directory = await temporaryDirectory();
const port = await freePort();
await using server = await startProcess("counterfoil", {
  ledger: `sqlite:${join(directory.path, "counterfoil.db")}`,
  port,
});
await using load = await startProcess("load");
await using probe = await startProcess("probe");

const [byCookie] = await server.ask<OpenedSession[]>({ open: 1, transport: "cookie" });
const [byToken] = await server.ask<OpenedSession[]>({ open: 1, transport: "bearer" });

console.log("without a flood");
const calm = await observe(CALM_MS);
print(calm, 1);
if (Object.values(calm.latencies).some((times) => percentile(times, 0.99) > TARGET_MS / 2)) {
  console.log("  This machine was busy before the flood began: measure again in a quiet moment.");
}
for (const connections of CONNECTIONS) {
  const flooding = load.ask<LoadResult>({
    port,
    request: signIn(),
    connections,
    milliseconds: FLOOD_MS + 1000,
    yielding: true,
  });
  // The flood is under way before anything is noted.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const seen = await observe(FLOOD_MS);
  const { statuses, answered, seconds } = await flooding;
  const told = Object.entries(statuses).map(([status, count]) => `${count} with ${status}`);
  console.log(
    `\n${connections} connections: ${(answered / seconds).toFixed(0)} sign-ins a second answered, ${told.join(", ")}`,
  );
  print(seen, connections);
}

/** A refresh rotates once in a session's life here, so each has a session of its own. */
async function observe(milliseconds: number): Promise<ProbeResult> {
  const turns = Math.ceil(milliseconds / EVERY_MS / 3);
  const sessions = await server.ask<OpenedSession[]>({ open: turns, transport: "bearer" });
  const cookie = { Cookie: byCookie!.carried };
  const token = { Authorization: `Bearer ${byToken!.access}` };
  const questions = sessions.flatMap(({ carried }): Question[] => [
    { name: "/dashboard by cookie", method: "GET", path: "/dashboard", headers: cookie },
    { name: "/dashboard by access token", method: "GET", path: "/dashboard", headers: token },
    { name: "/refresh", method: "POST", path: "/refresh", headers: { Authorization: `Bearer ${carried}` } },
  ]);
  return probe.ask<ProbeResult>({ port, milliseconds, everyMs: EVERY_MS, questions });
}

function print({ latencies, others }: ProbeResult, connections: number): void {
  row("", "p50", "p99", "max");
  for (const [name, times] of Object.entries(latencies)) {
    row(name, ...[0.5, 0.99, 1].map((share) => `${percentile(times, share).toFixed(1)} ms`));
  }
  if (connections === 1) return;
  for (const [name, times] of Object.entries(latencies)) {
    const p99 = percentile(times, 0.99);
    verdict(`${name}: p99 ${p99.toFixed(1)} ms (target ${TARGET_MS})`, p99 < TARGET_MS);
  }
  verdict(`${others} of them not answered 200`, others === 0);
}

function signIn(): string {
  const body = JSON.stringify({ username: `unknown-${COUNT}`, password: "not anybody's password" });
  return `POST /login HTTP/1.1\r\nHost: localhost:${port}\r\nX-Forwarded-For: ${ADDRESS}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
