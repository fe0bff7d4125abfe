import { join } from "node:path";
import type { Command } from "commander";
import { createDemo } from "../demo/demo.ts";
import { demoLog } from "../demo/log.ts";
import { runTranscript } from "../demo/transcript.ts";
import { welcome } from "../demo/welcome.ts";
import { serveConfiguration } from "../serve/configuration.ts";
import { listen } from "../serve/listen.ts";
import { untilStopped } from "../serve/stop.ts";
import { addSettingFlags, withFlags } from "./environment-flags.ts";

/** Apart from a real server's: the sample users must never be found in one. */
const DEMO_DATA = join(".counterfoil", "demo");

export function addDemo(program: Command): void {
  const command = program
    .command("demo")
    .description("run a server with sample users, on this machine alone, to try everything on")
    .option("--json", "errors at the start as JSON");
  addSettingFlags(command, ["COUNTERFOIL_HOST", "COUNTERFOIL_PORT", "COUNTERFOIL_DATA"]).action(demo);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function demo(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const environment = withFlags({ COUNTERFOIL_DATA: DEMO_DATA, ...process.env }, flags);
  const configuration = serveConfiguration(environment);
  const { dataDirectory, host } = configuration;
  const explainCommand = (id: string) => `npx counterfoil explain ${id} --data ${dataDirectory}`;

  const cf = createDemo({ ...configuration.options, onNotice: demoLog(print, explainCommand) }, host);
  await using stack = new AsyncDisposableStack();
  stack.use(cf);
  await cf.ready();
  stack.use(await listen(cf, configuration));
  const stopping = new AbortController();
  const stopped = untilStopped().finally(() => stopping.abort());
  print(welcome(cf.issuer));
  await Promise.race([
    stopped,
    // A visitor who stops the server ends the transcript too; whatever else it meets is shown, and ends only it.
    runTranscript(cf.issuer, print, explainCommand, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) print(`The transcript ended early: ${String(error)}`);
    }),
  ]);
  await stopped;
  print("Stopped. The sessions are kept: start again, and they go on.");
}
