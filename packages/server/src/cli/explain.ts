import { existsSync } from "node:fs";
import { ConfigurationError, systemClock, systemRandom } from "@counterfoil/core";
import type { Command } from "commander";
import { readConfiguration } from "../config/environment.ts";
import { ledgerAt } from "../config/ledger.ts";
import { explain, render, renderJson } from "../explain/explain.ts";
import type { Explanation } from "../explain/explain.ts";
import { addSettingFlags, withFlags } from "./environment-flags.ts";
import { FAILURE_EXIT } from "./failure.ts";

export function addExplain(program: Command): void {
  const command = program
    .command("explain")
    .description("tell what happened to a session, or why a request was refused, in plain words")
    .argument("<id>", "a session id (ses_…), or a request id (req_…) from the log or from an answer's Request-Id")
    .option("--json", "as JSON");
  addSettingFlags(command, ["COUNTERFOIL_DATA"]).action(run);
}

async function run(id: string, flags: Readonly<Record<string, unknown>>): Promise<void> {
  // Whoever names a directory asks about the ledger in it, whatever ledger this machine's server has.
  const environment = flags["data"] === undefined ? process.env : { ...process.env, COUNTERFOIL_DATABASE_URL: "" };
  const { options } = readConfiguration(withFlags(environment, flags));
  const path = /^sqlite:(.+)$/s.exec(options.ledger)?.[1];
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
    process.stderr.write(
      flags["json"] === true
        ? `${JSON.stringify({ error: sentence, code: "not_found" })}\n`
        : `counterfoil: ${sentence}\n`,
    );
    process.exitCode = FAILURE_EXIT;
    return;
  }
  process.stdout.write(flags["json"] === true ? renderJson(explanation) : render(explanation));
}
