import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { LOG_LINES } from "../../scripts/reference/inventory.ts";
import type { Target } from "./http.ts";
import { Journal } from "./journal.ts";
import { freePort } from "./port.ts";
import type { Ended, Running, Variables } from "./process.ts";
import { start } from "./process.ts";

const LINES = Object.keys(LOG_LINES);

export interface ServerOptions {
  readonly command?: "serve" | "demo";
  readonly data: string;
  readonly env?: Variables;
  readonly flags?: readonly string[];
  readonly port?: number;
  readonly issuer?: string;
}

/** A real server in a process of its own. */
export interface Server extends Target, AsyncDisposable {
  readonly pid: number;
  readonly running: Running;
  /** All that it has written so far, to either stream. */
  output(): string;
  /** Ends it as an operator does. */
  stop(): Promise<Ended>;
  /** Ends it as a power cut does. */
  kill(): Promise<Ended>;
}

/** Starts a server and waits until it answers. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const port = options.port ?? (await freePort());
  const { command = "serve", data, env = {}, flags = [] } = options;
  const issuer = options.issuer ?? `http://localhost:${port}`;
  // By the variable: beside the address of a ledger that is elsewhere the flag is refused.
  const isElsewhere = Boolean(env["COUNTERFOIL_DATABASE_URL"] || env["COUNTERFOIL_DATABASE_URL_FILE"]);
  const where = isElsewhere ? [] : ["--data", data];
  const running = start([command, "--port", String(port), ...where, ...flags], {
    COUNTERFOIL_ISSUER: issuer,
    // No balancer is in front of it, and most tests only want it to be gone.
    COUNTERFOIL_DRAIN_SECONDS: "0",
    ...(isElsewhere && { COUNTERFOIL_DATA: data }),
    ...env,
  });
  const { child } = running;
  const output = () => running.stdout() + running.stderr();
  const journal = new Journal();
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return running.ended;
  };
  const server: Server = {
    port,
    issuer,
    journal,
    pid: child.pid ?? 0,
    running,
    output,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    async [Symbol.asyncDispose]() {
      await end("SIGTERM");
      // R034, R159: whatever a test was about, no token of it may be in what the server has written.
      for (const token of journal.tokens) assert.ok(!output().includes(token), "a token is in the log");
      // R012: whatever a test led to, the inventory of the log has it.
      for (const [, msg] of output().matchAll(/^\{.*"msg":"((?:[^"\\]|\\.)*)"\}$/gm)) {
        assert.ok(
          LINES.some((line) => msg!.startsWith(line)),
          `scripts/reference/inventory.ts has no "${msg}"`,
        );
      }
    },
  };
  while (!/"msg":"listening"|demonstration is at/.test(output())) {
    if (child.exitCode !== null) throw new Error(`The server did not start: ${output()}`);
    await sleep(20);
  }
  return server;
}

/** Its API has a port of its own, as other demonstrations may run. */
export async function startDemo(
  data: string,
  { apiPort, ...options }: Omit<ServerOptions, "command" | "data" | "flags"> & { readonly apiPort?: number } = {},
): Promise<Server> {
  const flags = ["--api-port", String(apiPort ?? (await freePort()))];
  return startServer({ ...options, command: "demo", data, flags });
}
