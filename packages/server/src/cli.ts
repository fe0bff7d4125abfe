import { Command, CommanderError } from "commander";
import { addBackup } from "./cli/backup.ts";
import { addDemo } from "./cli/demo.ts";
import { addDoctor } from "./cli/doctor.ts";
import { addEvents } from "./cli/events.ts";
import { addExplain } from "./cli/explain.ts";
import { fail, USAGE_EXIT } from "./cli/failure.ts";
import { addKeys } from "./cli/keys.ts";
import { addMigrate } from "./cli/migrate.ts";
import { addRestore } from "./cli/restore.ts";
import { addSecret } from "./cli/secret.ts";
import { addServe } from "./cli/serve.ts";
import { addSessions } from "./cli/sessions.ts";
import { addUsers } from "./cli/users.ts";
import { addVerifiers } from "./cli/verifiers.ts";
import { VERSION } from "./version.ts";

/** The command line. Exit codes: 0 done, 1 could not be done, 2 was asked wrongly. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  try {
    await program.parseAsync(argv);
  } catch (error) {
    // Commander has printed its own sentence; help and version end with 0.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT;
    else fail(error, argv.includes("--json"));
  }
}

/** Every command, to be run or to be described. */
export function createProgram(): Command {
  const program = new Command("counterfoil")
    .description("Sign in once, carry it as a cookie or as tokens, and have it revoked everywhere in under a second.")
    .version(VERSION)
    .showHelpAfterError("(counterfoil --help lists the commands)")
    .exitOverride();
  const commands = [
    addDemo,
    addServe,
    addUsers,
    addSessions,
    addVerifiers,
    addKeys,
    addSecret,
    addEvents,
    addExplain,
    addDoctor,
    addBackup,
    addRestore,
    addMigrate,
  ];
  for (const add of commands) add(program);
  return program;
}
