import { join } from "node:path";
import type { Clock } from "@counterfoil/core";
import { sampleApiUrl, startSampleApi } from "../../packages/server/src/demo/api/api.ts";
import { registerSampleApi } from "../../packages/server/src/demo/api/credential.ts";
import { startDemoServer } from "../../packages/server/src/demo/server.ts";
import type { Target } from "./http.ts";
import { Journal } from "./journal.ts";
import { newSecret } from "./local.ts";
import { freePort } from "./port.ts";

/** This machine's clock, which a test may put forward; what is measured goes on as it is. */
export class ForwardClock implements Clock {
  #ahead = 0;

  now(): number {
    return Date.now() + this.#ahead;
  }

  monotonic(): number {
    return performance.now();
  }

  advance(milliseconds: number): void {
    this.#ahead += milliseconds;
  }
}

/** The demonstration in this process, on a clock of the test's. */
export interface LocalDemo extends Target, AsyncDisposable {
  readonly apiPort: number;
  readonly clock: ForwardClock;
}

/** Starts what `counterfoil demo` starts, without the transcript. */
export async function startLocalDemo(data: string): Promise<LocalDemo> {
  await using started = new AsyncDisposableStack();
  const clock = new ForwardClock();
  const host = "127.0.0.1";
  const [port, apiPort] = [await freePort(), await freePort()];
  const issuer = `http://localhost:${port}`;
  const print = () => undefined;
  const options = { issuer, ledger: `sqlite:${join(data, "counterfoil.db")}`, secret: newSecret(), clock };
  const place = { host, port, trustProxy: null, apiUrl: sampleApiUrl(apiPort), print };
  const server = started.use(await startDemoServer({ options: { ...options, onNotice: print }, ...place }));
  const register = () => registerSampleApi(server.services, apiPort);
  const { lab } = server;
  const api = started.use(
    await startSampleApi({ issuer, audience: issuer, register, host, port: apiPort, print, lab }),
  );
  await api.ready();
  lab.api = api;
  const owned = started.move();
  return { port, issuer, apiPort, clock, journal: new Journal(), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
