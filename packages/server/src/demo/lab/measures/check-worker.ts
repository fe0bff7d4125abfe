import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "@counterfoil/core";
import type { Jwk } from "@counterfoil/verifier";
import { createKernel, nodeSignatures } from "@counterfoil/verifier/node";

/** What a thread, which stands for a server, is to check with. */
export interface CheckWork {
  readonly issuer: string;
  readonly audience: string | readonly string[] | null;
  readonly jwks: readonly Jwk[];
  readonly accessToken: string;
  /** `name=value`. */
  readonly cookie: string;
}

/**
 * How a request is checked: `store` asks the one place that has the sessions, over HTTP; `signature` verifies the token
 * each time; `memory` remembers what it has verified, as the verifier does.
 */
export type CheckKind = "store" | "signature" | "memory";

export interface CheckOrder {
  readonly kind: CheckKind;
  readonly durationMs: number;
}

const work = workerData as CheckWork;
const IN_FLIGHT = 8;
/** Between two looks at the clock. */
const BATCH = 16;

function kernelWith(cacheSize: number) {
  const { issuer, audience, jwks } = work;
  const kernel = createKernel({ issuer, audience, signatures: nodeSignatures, clock: systemClock, cacheSize });
  kernel.setKeys(jwks);
  return kernel;
}

const kernels = { signature: kernelWith(0), memory: kernelWith(100) };

/** @returns how many checks were done in that time; only what is let in counts */
function verifyFor(kind: "signature" | "memory", durationMs: number): number {
  const kernel = kernels[kind];
  const until = systemClock.monotonic() + durationMs;
  let done = 0;
  while (systemClock.monotonic() < until) {
    for (let at = 0; at < BATCH; at++) if (kernel.verify(work.accessToken).ok) done++;
  }
  return done;
}

async function askFor(durationMs: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const until = systemClock.monotonic() + durationMs;
  let done = 0;
  const askOn = async () => {
    while (systemClock.monotonic() < until) if (await askStore(agent)) done++;
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, askOn));
  agent.destroy();
  return done;
}

function askStore(agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const { hostname, port, pathname } = new URL(`${work.issuer}/me`);
    const asked = request({ agent, hostname, port, path: pathname, headers: { Cookie: work.cookie } }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode === 200));
      response.on("error", () => resolve(false));
    });
    asked.on("error", () => resolve(false));
    asked.end();
  });
}

parentPort?.on("message", ({ kind, durationMs }: CheckOrder) => {
  const done = kind === "store" ? askFor(durationMs) : Promise.resolve(verifyFor(kind, durationMs));
  void done.then(tell);
});
tell("ready");

function tell(message: number | "ready"): void {
  // The port leads to the thread that started this one: no page, no origin.
  // eslint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message);
}
