/**
 * From the call that ends a session to the refusal of its token at eight services, each a process of its own, with
 * nothing else going on, and with the server at half of the load that saturates it. From the root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/revocation-latency.ts
 */
import { join } from "node:path";
import { percentile, row, verdict } from "./measure.ts";
import { freePort, temporaryDirectory } from "./place.ts";
import { startProcess } from "./process.ts";
import type { Process } from "./process.ts";
import type { LoadResult } from "./processes/load.ts";
import type { OpenedToken, RevokedAt } from "./processes/revoker.ts";
import type { RefusedAt } from "./processes/service.ts";

const SERVICES = 8;
const REVOCATIONS = 300;
const EVERY_MS = 20;
const SATURATION_MS = 3000;
const P99_TARGET_MS = 100;
const BOUND_MS = 1000;

await using directory = await temporaryDirectory();
const port = await freePort();
await using server = await startProcess("revoker", {
  ledger: `sqlite:${join(directory.path, "counterfoil.db")}`,
  port,
});
const issuer = String(server.ready["issuer"]);
await using stack = new AsyncDisposableStack();
const services: Process[] = [];
for (let index = 0; index < SERVICES; index++) {
  const { credential } = await server.ask<{ credential: string }>({ register: `service-${index}` });
  services.push(stack.use(await startProcess("service", { issuer, credential })));
}
await using load = await startProcess("load");
let refusedSoFar = 0;

console.log(`from a session's end to its token's refusal, ${SERVICES} services, ${REVOCATIONS} sessions`);
row("", "p50", "p99", "max");
await measure("nothing else going on");
const [kept] = await server.ask<OpenedToken[]>({ open: 1 });
const request = `GET /dashboard HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${kept!.token}\r\n\r\n`;
const full = await load.ask<LoadResult>({ port, request, connections: 32, milliseconds: SATURATION_MS });
const perSecond = Math.round(full.answered / full.seconds / 2);
const milliseconds = REVOCATIONS * (EVERY_MS + 10);
const loaded = load.ask<LoadResult>({ port, request, connections: 32, milliseconds, perSecond });
await measure(`${perSecond} requests a second, half of saturation`);
await loaded;

async function measure(name: string): Promise<void> {
  const tokens = await server.ask<OpenedToken[]>({ open: REVOCATIONS });
  for (const service of services) await service.ask({ hold: tokens });
  const revokedAt = await server.ask<RevokedAt>({ revoke: tokens.map(({ sid }) => sid), everyMs: EVERY_MS });
  refusedSoFar += REVOCATIONS;
  const refused = await Promise.all(services.map((service) => service.ask<RefusedAt>({ refused: refusedSoFar })));
  const times = refused.flatMap((at) => tokens.map(({ sid }) => at[sid]! - revokedAt[sid]!));
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(times, share));
  row(name, ...[p50, p99, max].map((time) => `${time!.toFixed(1)} ms`));
  verdict(`p99 ${p99!.toFixed(1)} ms (target ${P99_TARGET_MS})`, p99! < P99_TARGET_MS);
  verdict(`the longest ${max!.toFixed(1)} ms (bound ${BOUND_MS})`, max! < BOUND_MS);
}
