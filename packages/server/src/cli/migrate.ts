import { systemClock } from "@counterfoil/core";
import { LedgerDatabase } from "@counterfoil/stores/postgres-database";
import { LedgerFile } from "@counterfoil/stores/sqlite-file";
import type { Command } from "commander";
import { readConfiguration } from "../config/environment.ts";
import { ledgerDatabase } from "../config/ledger.ts";
import { addSettingFlags, commandEnvironment } from "./environment-flags.ts";
import { askedWrongly, FAILURE_EXIT } from "./failure.ts";
import { presentLedger } from "./ledger-file.ts";
import { moveLedger } from "./migrate-to.ts";
import { isJson, print } from "./print.ts";
import type { Flags } from "./print.ts";

export function addMigrate(program: Command): void {
  const command = program
    .command("migrate")
    .description(
      "bring the ledger's schema up to date, beside whatever servers run; a server does it at its start. In PostgreSQL it also makes the first one",
    )
    .option("--to <kind>", "postgres: move the data directory's embedded ledger to COUNTERFOIL_DATABASE_URL")
    .option("--check", "only tell; exit code 1 if it is behind")
    .option("--json", "as JSON");
  addSettingFlags(command, ["COUNTERFOIL_DATA"]).action(run);
}

const NO_TRIAL =
  "--check tells how the schema of one ledger is, and --to moves a ledger, which has no trial run: leave one of them out. Nothing was changed.";

async function run(flags: Flags): Promise<void> {
  const { to: kind } = flags;
  if (kind !== undefined && kind !== "postgres") return askedWrongly("--to must be postgres.", isJson(flags));
  if (kind !== undefined && flags["check"] === true) return askedWrongly(NO_TRIAL, isJson(flags));
  if (kind !== undefined) return moveLedger(flags);
  const ledger = migratable(flags);
  const check = flags["check"] === true;
  const { from, to } = await (check ? ledger.schema() : ledger.migrate());
  const behind = check && from !== to;
  if (behind) process.exitCode = FAILURE_EXIT;
  print(flags, { from, to, up_to_date: !behind }, () => [sentence(from, to, check, latestOf(ledger))]);
}

/** @throws ConfigurationError if there is no ledger in a file: only a server makes one there */
function migratable(flags: Flags): LedgerDatabase | LedgerFile {
  const { options } = readConfiguration(commandEnvironment(flags));
  return ledgerDatabase(options.ledger, systemClock) ?? presentLedger(flags).file;
}

function latestOf(ledger: LedgerDatabase | LedgerFile): number {
  return ledger instanceof LedgerDatabase ? LedgerDatabase.schemaVersion : LedgerFile.schemaVersion;
}

function sentence(from: number, to: number, check: boolean, latest: number): string {
  if (from > latest) return `Schema version ${from}: a newer one, which this version of Counterfoil can work with.`;
  if (from === to) return `Schema version ${to}: up to date.`;
  if (from === 0) return check ? "There is no ledger yet: run `counterfoil migrate`." : `Made schema version ${to}.`;
  if (!check) return `Schema version ${from} → ${to}.`;
  return `Schema version ${from}, and this version of Counterfoil works with ${to}: make a backup, then run \`counterfoil migrate\`.`;
}
