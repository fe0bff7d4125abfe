import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { run } from "../e2e/support/process.ts";

export interface StartedExample extends AsyncDisposable {
  readonly url: string;
  /** What it has written so far. */
  printed(): string;
}

/** Runs an example as its README says, on a free port, and waits for the line that says where it listens. */
export async function startExample(file: string, environment: NodeJS.ProcessEnv = {}): Promise<StartedExample> {
  const [port, secret] = await Promise.all([freePort(), newSecret()]);
  const child = runExample(file, { PORT: String(port), COUNTERFOIL_SECRET: secret, ...environment });
  const url = `http://localhost:${port}`;
  let printed = "";
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: string) => {
      printed += chunk;
      if (printed.includes(url)) resolve();
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}:\n${printed}`)));
  });
  return {
    url,
    printed: () => printed,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, "exit");
    },
  };
}

/** Runs an example that is expected to end by itself, and gives what it wrote to standard error. */
export async function failExample(file: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const child = runExample(file, environment);
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (printed += chunk));
  await once(child, "close");
  return printed;
}

function runExample(file: string, environment: NodeJS.ProcessEnv) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return spawn(process.execPath, ["--conditions=@counterfoil/source", path], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What `counterfoil secret` prints. */
export async function newSecret(): Promise<string> {
  return (await run(["secret"])).stdout.trim();
}

/** The issuer names the port, so it has to be known before anything listens on it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
