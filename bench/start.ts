/**
 * How soon `counterfoil serve` is ready on a file that exists, from the spawn of the process to the first 200 of
 * `/readyz`, and what memory it holds. From the root of the repository, built (`npm run build`):
 *
 *     npx node --conditions=@counterfoil/source bench/start.ts
 *
 * The bundled command is what a user runs; the sources, which Node strips of their types at each start, are beside it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { median, row, rounds, verdict } from "./measure.ts";
import { freePort, temporaryDirectory } from "./place.ts";
import { startProcess } from "./process.ts";
import type { LoadResult } from "./processes/load.ts";

const ROUNDS = 9;
const READY_TARGET_MS = 500;
const MEMORY_TARGET_MIB = 120;

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly readyMs: number[];
  readonly atStartMib: number[];
  readonly afterThousandMib: number[];
}

const built = new URL("../packages/server/dist/command.js", import.meta.url);
const bin = fileURLToPath(new URL("../packages/server/bin/counterfoil.js", import.meta.url));
const contender = (name: string, command: readonly string[]): Contender => ({
  name,
  command,
  readyMs: [],
  atStartMib: [],
  afterThousandMib: [],
});
const contenders = [
  // What the installed command does: its first lines decide between the bundle and a checkout.
  contender("bundled", [
    "--input-type=module",
    "-e",
    `(await import("${built.href}")).main(["", "", ...process.argv.slice(1)])`,
    "--",
  ]),
  contender("from the sources", [bin]),
];

await using directory = await temporaryDirectory();
await using load = await startProcess("load");
const [first] = contenders;
await start(first!, false);
for (const one of rounds(contenders, ROUNDS)) await start(one, true);

row("", "ready", "memory", "after 1,000");
for (const { name, readyMs, atStartMib, afterThousandMib } of contenders) {
  const mib = (values: readonly number[]) => `${median(values).toFixed(0)} MiB`;
  row(name, `${median(readyMs).toFixed(0)} ms`, mib(atStartMib), mib(afterThousandMib));
}
const ready = median(first!.readyMs);
const memory = Math.max(median(first!.atStartMib), median(first!.afterThousandMib));
verdict(`ready in ${ready.toFixed(0)} ms (target ${READY_TARGET_MS})`, ready < READY_TARGET_MS);
verdict(`resident ${memory.toFixed(0)} MiB (target ${MEMORY_TARGET_MIB})`, memory < MEMORY_TARGET_MIB);

async function start({ name, command, readyMs, atStartMib, afterThousandMib }: Contender, measured: boolean) {
  const port = await freePort();
  const spawned = performance.now();
  const child = spawn(
    process.execPath,
    [...command, "serve", "--port", String(port), "--data", directory.path, "--log-level", "warn"],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = once(child, "exit");
  try {
    await Promise.race([untilReady(port), ended.then(() => Promise.reject(new Error(`${name} ended at its start`)))]);
    const readyAfter = performance.now() - spawned;
    const atStart = await residentMib(child.pid!);
    const request = `GET /me HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer nobodys\r\n\r\n`;
    let answered = 0;
    while (answered < 1000) {
      answered += (await load.ask<LoadResult>({ port, request, connections: 8, milliseconds: 100 })).answered;
    }
    if (!measured) return;
    readyMs.push(readyAfter);
    atStartMib.push(atStart);
    afterThousandMib.push(await residentMib(child.pid!));
  } finally {
    child.kill();
    await ended;
  }
}

async function untilReady(port: number): Promise<void> {
  const end = performance.now() + 10_000;
  while (performance.now() < end) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error("not ready after ten seconds");
}

/** Linux alone tells it like this. */
async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
