import { existsSync } from "node:fs";
import { ConfigurationError, systemClock, systemRandom } from "@counterfoil/core";
import type { Ledger } from "@counterfoil/core";
import { readConfiguration } from "../config/environment.ts";
import type { ServerConfiguration } from "../config/environment.ts";
import { ledgerAt } from "../config/ledger.ts";
import { withFlags } from "./environment-flags.ts";

/**
 * Opens the ledger that the environment and the flags name, beside whatever server runs on it, and closes it again.
 *
 * @throws ConfigurationError if there is none: a command must not make one, which would know nobody
 * @throws StoreError if it cannot be opened
 */
export async function withLedger<T>(
  flags: Readonly<Record<string, unknown>>,
  use: (ledger: Ledger, configuration: ServerConfiguration) => Promise<T>,
): Promise<T> {
  // Whoever names a directory asks about the ledger in it, whatever ledger this machine's server has.
  const environment = flags["data"] === undefined ? process.env : { ...process.env, COUNTERFOIL_DATABASE_URL: "" };
  const configuration = readConfiguration(withFlags(environment, flags));
  const { ledger: address } = configuration.options;
  if (address === "memory:") {
    throw new ConfigurationError(
      "The ledger is memory:, which is in the server's process alone: no command reaches it.",
    );
  }
  const make = ledgerAt(address, systemClock, systemRandom);
  const path = address.slice("sqlite:".length);
  if (!existsSync(path)) {
    throw new ConfigurationError(
      `There is no ledger at ${path}: start the server once, which makes it, or name its directory with --data.`,
    );
  }
  const ledger = make();
  try {
    await ledger.open();
    return await use(ledger, configuration);
  } finally {
    await ledger[Symbol.asyncDispose]();
  }
}
