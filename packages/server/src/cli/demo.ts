import { join } from "node:path";
import type { Command } from "commander";
import { readConfiguration } from "../config/environment.ts";
import type { Environment } from "../config/environment.ts";
import { sampleApiUrl, startSampleApi } from "../demo/api/api.ts";
import { registerSampleApi } from "../demo/api/credential.ts";
import { checkDemoHost } from "../demo/demo.ts";
import { demoLog } from "../demo/log.ts";
import { startDemoServer } from "../demo/server.ts";
import { runTranscript } from "../demo/transcript.ts";
import type { ExplainCommand, Place } from "../demo/transcript.ts";
import { welcome } from "../demo/welcome.ts";
import type { DemoCommands } from "../demo/welcome.ts";
import { serveConfiguration } from "../serve/configuration.ts";
import { untilStopped } from "../serve/stop.ts";
import { addSwitchFeed, DEMO_API_PORT } from "./demo-feed.ts";
import { addressesSet, addSettingFlags, withFlags } from "./environment-flags.ts";
import { wholeNumber } from "./number.ts";

/** What holds the demonstration's own directory, where no flag names another. */
const DATA = ".counterfoil";

export function addDemo(program: Command): void {
  const command = program
    .command("demo")
    .description("run a server with sample users, on this machine alone, to try everything on")
    .option("--json", "errors at the start as JSON")
    .option("--data <value>", `where it makes a directory of its own, demo. ./${DATA} where it is left out.`)
    .option("--api-port <number>", "where the sample API listens", wholeNumber(1, 65_535), DEMO_API_PORT);
  addSettingFlags(command, ["COUNTERFOIL_HOST", "COUNTERFOIL_PORT"]).action(demo);
  addSwitchFeed(command);
}

/**
 * What the demonstration runs with: its flags, and where to listen. It takes nothing else from the environment, and its
 * directory is its own, or the sample users, whose passwords everybody knows, would be added to a real server's ledger.
 */
function demoEnvironment(flags: Readonly<Record<string, unknown>>): Environment {
  const { COUNTERFOIL_HOST, COUNTERFOIL_PORT } = process.env;
  const environment = withFlags({ COUNTERFOIL_HOST, COUNTERFOIL_PORT }, flags);
  return { ...environment, COUNTERFOIL_DATA: join(environment["COUNTERFOIL_DATA"]?.trim() || DATA, "demo") };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function demo(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const environment = demoEnvironment(flags);
  // First, or a host beyond this machine would be answered with the flags of `serve` that allow it there.
  checkDemoHost(readConfiguration(environment).host);
  const configuration = serveConfiguration(environment);
  const { dataDirectory, host } = configuration;
  // In a shell that has another ledger's address, the command is refused with it.
  const without = addressesSet().map((name) => `${name}= `);
  const explainCommand = (id: string) =>
    `${without.join("")}npx counterfoil explain ${id} --data ${quoted(dataDirectory)}`;

  const { port, trustProxy } = configuration;
  const apiPort = flags["apiPort"] as number;
  const options = { ...configuration.options, onNotice: demoLog(print, explainCommand) };
  const apiUrl = sampleApiUrl(apiPort);
  const server = await startDemoServer({ options, host, port, trustProxy, apiUrl, print });
  try {
    const { issuer, lab } = server;
    const register = () => registerSampleApi(server.services, apiPort);
    const api = await startSampleApi({ issuer, audience: issuer, register, host, port: apiPort, print, lab });
    try {
      await api.ready();
      lab.api = api;
      const place = { issuer, apiUrl };
      print(welcome(place, demoCommands(dataDirectory, apiPort)));
      await untilVisitorStops(place, explainCommand);
    } finally {
      await api[Symbol.asyncDispose]();
    }
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

async function untilVisitorStops(place: Place, explainCommand: ExplainCommand): Promise<void> {
  const stopping = new AbortController();
  const stopped = untilStopped().finally(() => stopping.abort());
  await Promise.race([
    stopped,
    // A visitor who stops the server ends the transcript too; whatever else it meets is shown, and ends only it.
    runTranscript(place, print, explainCommand, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) print(`The transcript ended early: ${String(error)}`);
    }),
  ]);
  await stopped;
  print("Stopped. The sessions are kept: start again, and they go on.");
}

function demoCommands(dataDirectory: string, apiPort: number): DemoCommands {
  const elsewhere = apiPort === DEMO_API_PORT ? "" : ` --api-port ${apiPort}`;
  return {
    changeRoles: `npx counterfoil users roles arjun user admin --data ${quoted(dataDirectory)}`,
    cut: `npx counterfoil demo cut${elsewhere}`,
    heal: `npx counterfoil demo heal${elsewhere}`,
  };
}

/** As a shell takes it, also where it has a space. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
