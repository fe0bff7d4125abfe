import { existsSync } from "node:fs";
import { ConfigurationError, systemClock, systemRandom } from "@counterfoil/core";
import type { Command } from "commander";
import { readConfiguration } from "../config/environment.ts";
import { ledgerAt, sqlitePath } from "../config/ledger.ts";
import { explain, render, renderJson } from "../explain/explain.ts";
import type { Explanation } from "../explain/explain.ts";
import { addSettingFlags, commandEnvironment } from "./environment-flags.ts";
import { refuse } from "./failure.ts";

export function addExplain(program: Command): void {
  const command = program
    .command("explain")
    .description("tell what happened to a session, or why a request was refused, in plain words")
    .argument("<id>", "a session id (ses_…), or a request id (req_…) from the log or from an answer's Request-Id")
    .option("--json", "as JSON");
  addSettingFlags(command, ["COUNTERFOIL_DATA"]).action(run);
}

async function run(id: string, flags: Readonly<Record<string, unknown>>): Promise<void> {
  const { options } = readConfiguration(commandEnvironment(flags));
  const path = sqlitePath(options.ledger);
  // Asking must not make a ledger: an empty one would only say that it knows nothing.
  if (path !== undefined && !existsSync(path)) {
    throw new ConfigurationError(`There is no ledger at ${path}: name its directory with --data.`);
  }
  const ledger = ledgerAt(options.ledger, systemClock, systemRandom)();
  let explanation: Explanation | null;
  try {
    await ledger.open();
    explanation = await explain(ledger, id);
  } finally {
    await ledger[Symbol.asyncDispose]();
  }
  if (explanation === null) {
    const sentence = `The ledger knows no session and no request ${JSON.stringify(id)}. Ids look like ses_… and req_…; what is older than 90 days is deleted.`;
    return refuse(sentence, "not_found", flags["json"] === true);
  }
  process.stdout.write(flags["json"] === true ? renderJson(explanation) : render(explanation));
}
