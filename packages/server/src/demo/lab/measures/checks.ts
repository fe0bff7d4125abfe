import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { packageFile } from "../../../package-file.ts";
import type { CheckKind, CheckOrder, CheckWork } from "./check-worker.ts";

/** Checks a second, by one server and by three. */
export interface Rates {
  readonly one: number;
  readonly three: number;
}

export interface Checks extends Readonly<Record<CheckKind, Rates>> {
  /** What there is for all of them to run on. */
  readonly cores: number;
}

const SERVERS = 3;

/**
 * Has one thread, and then three, check the same session for a while, in each of the ways: a thread stands for a server,
 * since it shares nothing with the others. They do share this machine's cores, and with them the place of the sessions.
 */
export async function measureChecks(workerData: CheckWork, durationMs: number): Promise<Checks> {
  const workers = Array.from({ length: SERVERS }, () => startWorker(workerData));
  try {
    await Promise.all(workers.map((worker) => once(worker, "message")));
    const rates = async (kind: CheckKind): Promise<Rates> => ({
      one: await rateOf(workers.slice(0, 1), { kind, durationMs }),
      three: await rateOf(workers, { kind, durationMs }),
    });
    // One after the other: they would take each other's time.
    const store = await rates("store");
    const signature = await rates("signature");
    const memory = await rates("memory");
    return { cores: availableParallelism(), store, signature, memory };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** From the sources in a checkout, else as it was built; a thread knows nothing of the conditions of this one. */
function startWorker(workerData: CheckWork): Worker {
  const path = "demo/lab/measures/check-worker";
  return import.meta.url.endsWith(".ts")
    ? new Worker(packageFile(`src/${path}.ts`), { workerData, execArgv: ["--conditions=@counterfoil/source"] })
    : new Worker(packageFile(`dist/${path}.js`), { workerData });
}

async function rateOf(workers: readonly Worker[], order: CheckOrder): Promise<number> {
  const counts = await Promise.all(
    workers.map(async (worker) => {
      // A thread has no origin.
      // eslint-disable-next-line unicorn/require-post-message-target-origin
      worker.postMessage(order);
      const [count] = (await once(worker, "message")) as [number];
      return count;
    }),
  );
  const sum = counts.reduce((total, count) => total + count, 0);
  return Math.round((sum * 1000) / order.durationMs);
}
