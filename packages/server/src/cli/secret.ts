import { Secret, systemRandom } from "@counterfoil/core";
import type { Command } from "commander";
import { nodeCrypto } from "../platform/node-crypto.ts";
import { addSettingFlags } from "./environment-flags.ts";
import { replaceSecret } from "./secret-replace.ts";
import { rotateSecret } from "./secret-rotate.ts";
import { secretStatus } from "./secret-status.ts";
import { print } from "./print.ts";
import type { Flags } from "./print.ts";

export function addSecret(program: Command): void {
  const secret = program
    .command("secret")
    .description("print a new secret, for COUNTERFOIL_SECRET, and store nothing; or rotate and replace those in use")
    .option("--json", "as JSON")
    .action((flags: Flags) => {
      const fresh = Secret.generate(nodeCrypto, systemRandom).reveal();
      print(flags, { secret: fresh }, () => [fresh]);
    });
  // The options of both are one set: --json is the parent's wherever it stands.
  const subcommand = (name: string, description: string, act: (flags: Flags) => Promise<void>) =>
    addSettingFlags(secret.command(name).description(description), ["COUNTERFOIL_DATA"]).action(
      (_flags: unknown, command: Command) => act(command.optsWithGlobals()),
    );
  subcommand("status", "tell which secrets there are, who seals, and what comes next", secretStatus);
  subcommand("rotate", "take the next safe step from one secret to the next; nobody is signed out", rotateSecret);
  subcommand("replace", "put a new secret in the place of all others; everybody signs in again", replaceSecret)
    .option("--with-environment", "the new one is in COUNTERFOIL_SECRET of this command's environment")
    .option("--yes", "it is meant");
}
