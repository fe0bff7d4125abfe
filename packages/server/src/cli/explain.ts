import type { Command } from "commander";
import { explain, render, renderJson } from "../explain/explain.ts";
import { addSettingFlags } from "./environment-flags.ts";
import { notDone } from "./failure.ts";
import { isJson } from "./print.ts";
import type { Flags } from "./print.ts";
import { withLedger } from "./with-ledger.ts";

export function addExplain(program: Command): void {
  const command = program
    .command("explain")
    .description("tell what happened to a session, or why a request was refused, in plain words")
    .argument("<id>", "a session id (ses_…), or a request id (req_…) from the log or from an answer's Request-Id")
    .option("--json", "as JSON");
  addSettingFlags(command, ["COUNTERFOIL_DATA"]).action(run);
}

async function run(id: string, flags: Flags): Promise<void> {
  const explanation = await withLedger(flags, (ledger) => explain(ledger, id));
  if (explanation === null) {
    const sentence = `The ledger knows no session and no request ${JSON.stringify(id)}. Ids look like ses_… and req_…; what is older than 90 days is deleted.`;
    notDone(sentence, "not_found", isJson(flags));
    return;
  }
  process.stdout.write(isJson(flags) ? renderJson(explanation) : render(explanation));
}
