/**
 * What a thousand readers of the revocation feed cost the server: its processor time and its memory, beside the same
 * server with none, while nothing happens and while ten users a second are signed out. From the root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/readers.ts
 */
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { row, verdict } from "./measure.ts";
import { freePort, temporaryDirectory } from "./place.ts";
import { startProcess } from "./process.ts";
import type { OpenedSession, Used } from "./processes/counterfoil.ts";
import type { ReadersResult } from "./processes/readers.ts";

const READERS = 1000;
const PHASE_MS = 10_000;
const EVERY_MS = 100;
const SHARE_TARGET = 0.25;
const MEMORY_TARGET_MIB = 100;

await using directory = await temporaryDirectory();
const port = await freePort();
await using server = await startProcess("counterfoil", {
  ledger: `sqlite:${join(directory.path, "counterfoil.db")}`,
  port,
});
await using readers = await startProcess("readers");
await server.ask<OpenedSession[]>({ open: 1, transport: "bearer" });
const { credential } = await server.ask<{ credential: string }>({ register: "readers" });

// What is compiled, and what the first revocations leave behind, belongs to none of the phases.
await server.ask({ end: 20, everyMs: EVERY_MS });
const phases = {
  "no reader": await measure(false),
  "no reader, 10 revocations a second": await measure(true),
};
await readers.ask<ReadersResult>({ open: READERS, port, credential });
await sleep(3000);
const loaded = {
  "1,000 readers": await measure(false),
  "1,000 readers, 10 revocations a second": await measure(true),
};

row("", "of one core", "memory", "receipts", "entries");
for (const [name, { share, mib, receipts, entries }] of Object.entries({ ...phases, ...loaded })) {
  row(name, `${(share * 100).toFixed(1)} %`, `${mib.toFixed(0)} MiB`, `${receipts}`, `${entries}`);
}
const idle = loaded["1,000 readers"].share - phases["no reader"].share;
const busy =
  loaded["1,000 readers, 10 revocations a second"].share - phases["no reader, 10 revocations a second"].share;
const grown = loaded["1,000 readers, 10 revocations a second"].mib - phases["no reader, 10 revocations a second"].mib;
const percent = (share: number) => `${(share * 100).toFixed(1)} % of one core`;
verdict(`idle readers: ${percent(idle)} (target ${percent(SHARE_TARGET)})`, idle < SHARE_TARGET);
verdict(`10 revocations a second: ${percent(busy)} (target ${percent(SHARE_TARGET)})`, busy < SHARE_TARGET);
verdict(`their memory: ${grown.toFixed(0)} MiB (target ${MEMORY_TARGET_MIB})`, grown < MEMORY_TARGET_MIB);

/** The share of one core, the memory at the end, and what came to the readers. */
async function measure(revoking: boolean) {
  const [before, had] = [await server.ask<Used>({}), await readers.ask<ReadersResult>({})];
  const start = performance.now();
  if (revoking) await server.ask({ end: PHASE_MS / EVERY_MS, everyMs: EVERY_MS });
  else await sleep(PHASE_MS);
  const seconds = (performance.now() - start) / 1000;
  const [after, have] = [await server.ask<Used>({}), await readers.ask<ReadersResult>({})];
  return {
    share: (after.user - before.user + after.system - before.system) / 1e6 / seconds,
    mib: after.rss / 1024 / 1024,
    receipts: have.receipts - had.receipts,
    entries: have.entries - had.entries,
  };
}
