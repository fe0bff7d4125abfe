import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface BearerProcess extends AsyncDisposable {
  /** Has as many callers at once ask for another access token. */
  renew(callers: number): Promise<Readonly<Record<string, unknown>>>;
  /** Resolves to the signal that has ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
}

export function startBearerProcess(url: string, path: string, mode: "" | "killed" = ""): BearerProcess {
  const program = fileURLToPath(new URL("bearer-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@counterfoil/source", program, url, path, mode], {
    env: { PATH: process.env["PATH"] },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit").then(() => child.signalCode);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ended,
    async renew(callers) {
      child.stdin.write(`${callers}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error("The process has ended.");
      return JSON.parse(value) as Record<string, unknown>;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill();
      await ended;
    },
  };
}
