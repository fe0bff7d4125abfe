import { Command, CommanderError } from "commander";
import { addBackup } from "./cli/backup.ts";
import { addDemo } from "./cli/demo.ts";
import { addDoctor } from "./cli/doctor.ts";
import { addEvents } from "./cli/events.ts";
import { addExplain } from "./cli/explain.ts";
import { askedWrongly, endWithOutput, fail, shown, USAGE_EXIT } from "./cli/failure.ts";
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
  const json = argv.includes("--json");
  endWithOutput(json);
  const program = createProgram(json);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) return fail(error, json);
    // Help and version end with 0. Else commander has printed its own sentence, but for a program that reads.
    if (error.exitCode === 0) process.exitCode = 0;
    else if (json) askedWrongly(usageSentence(error), true);
    else process.exitCode = USAGE_EXIT;
  }
}

function usageSentence({ message }: CommanderError): string {
  return message.replace(/^error: /, "").replaceAll("\n", " ");
}

/**
 * Every command, to be run or to be described.
 *
 * @param json whether whoever asked reads usage errors as JSON, which `main` then prints
 */
export function createProgram(json = false): Command {
  const program = new Command("counterfoil")
    .description("Sign in once, carry it as a cookie or as tokens, and have it revoked everywhere in under a second.")
    .version(VERSION)
    .showHelpAfterError("(counterfoil --help lists the commands)")
    .configureOutput({ writeErr: json ? () => undefined : writeError })
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

/** Commander's lines hold what was typed. */
function writeError(lines: string): void {
  process.stderr.write(lines.split("\n").map(shown).join("\n"));
}
