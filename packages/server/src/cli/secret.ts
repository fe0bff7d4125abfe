import { Secret, systemRandom } from "@counterfoil/core";
import type { Command } from "commander";
import { nodeCrypto } from "../platform/node-crypto.ts";

export function addSecret(program: Command): void {
  program
    .command("secret")
    .description("print a new secret, for COUNTERFOIL_SECRET; nothing is stored")
    .option("--json", "as JSON")
    .action(({ json }: { json?: true }) => {
      const secret = Secret.generate(nodeCrypto, systemRandom).reveal();
      process.stdout.write(json === true ? `${JSON.stringify({ secret })}\n` : `${secret}\n`);
    });
}
