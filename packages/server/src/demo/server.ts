import { setTimeout as sleep } from "node:timers/promises";
import { sqlitePath } from "../config/ledger.ts";
import type { Counterfoil } from "../counterfoil.ts";
import type { CounterfoilOptions } from "../options.ts";
import { listen } from "../serve/listen.ts";
import type { Listen, Listening } from "../serve/listen.ts";
import type { Services } from "../services.ts";
import { createDemo } from "./demo.ts";
import { Lab } from "./lab/lab.ts";
import type { Print } from "./transcript.ts";
import { putRolesBack } from "./users.ts";

export interface DemoServerOptions extends Listen {
  readonly options: CounterfoilOptions;
  readonly apiUrl: string;
  readonly print: Print;
}

/** The demonstration's server, which can be started again in the same process: its ledger is closed, and opened anew. */
export interface DemoServer extends AsyncDisposable {
  readonly issuer: string;
  readonly lab: Lab;
  /** Of the server that runs now. */
  readonly services: Services;
}

const TRY_AGAIN_MS = 1000;

/** @throws ConfigurationError if it cannot listen there, or its ledger cannot be opened */
export async function startDemoServer({ options, apiUrl, print, ...where }: DemoServerOptions): Promise<DemoServer> {
  let running: Running;
  const stopping = new AbortController();
  let restarting: Promise<void> = Promise.resolve();
  const lab = new Lab({
    issuer: options.issuer,
    apiUrl,
    ledgerPath: sqlitePath(options.ledger) ?? null,
    restart: () => (restarting = restart()),
  });

  async function restart(): Promise<void> {
    print("The Lab starts the server again: everybody is hung up on, and the ledger is closed.");
    running.listening.hangUp();
    try {
      await close(running);
    } catch (error) {
      // Nobody waits for this to handle it: thrown on, it would end the process, and there is a server to be started.
      print(`The server did not stop as it should: ${String(error)}`);
    }
    while (!stopping.signal.aborted) {
      try {
        running = await open(options, where, lab);
        print("The server is back, on the same ledger.");
        return;
      } catch (error) {
        print(`The server could not be started again, and is tried again in a second: ${String(error)}`);
        await sleep(TRY_AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  running = await open(options, where, lab);
  // Not when the Lab starts it again, which is to change nothing.
  await putRolesBack(running.services);
  return {
    issuer: running.cf.issuer,
    lab,
    get services() {
      return running.services;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await restarting;
      await close(running);
    },
  };
}

interface Running {
  readonly cf: Counterfoil;
  readonly services: Services;
  readonly listening: Listening;
}

async function open(options: CounterfoilOptions, where: Listen, lab: Lab): Promise<Running> {
  let services: Services | null = null;
  const cf = createDemo(options, where.host, lab, (opened) => (services = opened));
  try {
    await cf.ready();
    return { cf, services: services!, listening: await listen(cf, where) };
  } catch (error) {
    await cf[Symbol.asyncDispose]();
    throw error;
  }
}

async function close({ cf, listening }: Running): Promise<void> {
  try {
    cf.announceStop();
    await listening[Symbol.asyncDispose]();
  } finally {
    await cf[Symbol.asyncDispose]();
  }
}
