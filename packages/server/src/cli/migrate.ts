import type { Command } from "commander";
import { addSettingFlags } from "./environment-flags.ts";
import { askedWrongly, FAILURE_EXIT } from "./failure.ts";
import { presentLedger } from "./ledger-file.ts";
import { moveLedger } from "./migrate-to.ts";
import { isJson, print } from "./print.ts";
import type { Flags } from "./print.ts";

export function addMigrate(program: Command): void {
  const command = program
    .command("migrate")
    .description("bring the ledger's schema up to date, beside whatever servers run; a server does it at its start")
    .option("--to <kind>", "postgres: move the data directory's embedded ledger to COUNTERFOIL_DATABASE_URL")
    .option("--check", "only tell; exit code 1 if it is behind")
    .option("--json", "as JSON");
  addSettingFlags(command, ["COUNTERFOIL_DATA"]).action(run);
}

async function run(flags: Flags): Promise<void> {
  if (flags["to"] === "postgres") return moveLedger(flags);
  if (flags["to"] !== undefined) return askedWrongly("--to must be postgres.", isJson(flags));
  const { file } = presentLedger(flags);
  const check = flags["check"] === true;
  const { from, to } = check ? file.schema() : await file.migrate();
  const behind = check && from !== to;
  if (behind) process.exitCode = FAILURE_EXIT;
  print(flags, { from, to, up_to_date: !behind }, () => [sentence(from, to, check)]);
}

function sentence(from: number, to: number, check: boolean): string {
  if (from === to) return `Schema version ${to}: up to date.`;
  if (!check) return `Schema version ${from} → ${to}.`;
  return `Schema version ${from}, and this version of Counterfoil works with ${to}: make a backup, then run \`counterfoil migrate\`.`;
}
