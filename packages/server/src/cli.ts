import { Command, CommanderError } from "commander";
import { addBackup } from "./cli/backup.ts";
import { addDemo } from "./cli/demo.ts";
import { addDoctor } from "./cli/doctor.ts";
import { addExplain } from "./cli/explain.ts";
import { fail, USAGE_EXIT } from "./cli/failure.ts";
import { addMigrate } from "./cli/migrate.ts";
import { addRestore } from "./cli/restore.ts";
import { addSecret } from "./cli/secret.ts";
import { addServe } from "./cli/serve.ts";
import { VERSION } from "./version.ts";

/** The command line. Exit codes: 0 done, 1 could not be done, 2 was asked wrongly. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("counterfoil")
    .description("Sign in once, carry it as a cookie or as tokens, and have it revoked everywhere in under a second.")
    .version(VERSION)
    .showHelpAfterError("(counterfoil --help lists the commands)")
    .exitOverride();
  for (const add of [addDemo, addServe, addSecret, addExplain, addMigrate, addBackup, addRestore, addDoctor])
    add(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    // Commander has printed its own sentence; help and version end with 0.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT;
    else fail(error, argv.includes("--json"));
  }
}
