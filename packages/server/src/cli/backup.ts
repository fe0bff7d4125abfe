import type { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { generatedSecretPath } from "../config/generated-secret.ts";
import { secretSource } from "../config/secret-source.ts";
import { VARIABLES } from "../config/variables.ts";
import type { VariableName } from "../config/variables.ts";
import { counted } from "../counted.ts";
import { addSettingFlags } from "./environment-flags.ts";
import { askedWrongly, notDone } from "./failure.ts";
import { presentLedger } from "./ledger-file.ts";
import { isJson, print } from "./print.ts";
import type { Flags } from "./print.ts";

export function addBackup(program: Command): void {
  const command = program
    .command("backup")
    .description("copy the embedded ledger to a file, beside a running server; the secret is not in it")
    .argument("<file>", "where to; a file that is there is left as it is")
    .option("--force", "over a file that is there")
    .option("--json", "as JSON");
  addSettingFlags(command, ["COUNTERFOIL_DATA"]).action(run);
}

function run(to: string, flags: Flags): void {
  if (to.trim() === "") return askedWrongly("Name the file that the backup is to be in.", isJson(flags));
  const { file, environment, configuration } = presentLedger(flags);
  const written = file.backUp(to, flags["force"] === true, secretFiles(environment, configuration.dataDirectory));
  if (written.outcome === "exists") {
    return notDone(`${to} is there already: name another file, or say --force.`, "exists", isJson(flags));
  }
  const { bytes, schemaVersion, users, sessions } = written;
  const secret = secretPlace(environment, configuration.dataDirectory);
  const hasPepper =
    (environment["COUNTERFOIL_PASSWORD_PEPPER"] ?? environment["COUNTERFOIL_PASSWORD_PEPPER_FILE"]) !== undefined;
  print(flags, { file: to, bytes, schema_version: schemaVersion, users, sessions, secret }, () => [
    `Backed up to ${to}: ${counted(users, "user")}, ${counted(sessions, "session")}, ${bytes} bytes, schema version ${schemaVersion}; verified.`,
    `The secret is not in it. Keep that in another backup: who has both can mint tokens. It is ${secret ?? "not set here, nor in the data directory"}.`,
    ...(hasPepper ? ["Nor is COUNTERFOIL_PASSWORD_PEPPER: without it no password of the backup can be checked."] : []),
  ]);
}

/** The files that hold a secret here, or would: no backup takes their place. */
function secretFiles(environment: Environment, dataDirectory: string): readonly string[] {
  const names = Object.keys(VARIABLES).filter((name) => "secret" in VARIABLES[name as VariableName]);
  const configured = names.flatMap((name) => environment[`${name}_FILE`]?.trim() || []);
  return [generatedSecretPath(dataDirectory), ...configured];
}

/** Where the secret that goes with this ledger is, as far as can be seen from here; never the secret. */
function secretPlace(environment: Environment, dataDirectory: string): string | null {
  const source = secretSource(environment, dataDirectory);
  if (source === null) return null;
  return source.kind === "file" ? `in the file ${source.path}` : "in the variable COUNTERFOIL_SECRET";
}
