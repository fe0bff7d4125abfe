import { existsSync } from "node:fs";
import { ConfigurationError, systemClock, systemRandom } from "@counterfoil/core";
import type { Ledger } from "@counterfoil/core";
import { readConfiguration } from "../config/environment.ts";
import type { ServerConfiguration } from "../config/environment.ts";
import { ledgerAt } from "../config/ledger.ts";
import { withFlags } from "./environment-flags.ts";

/**
 * Does a command's work on the ledger that the flags and the environment name, beside whatever server runs on it.
 * Asking must not make a ledger: an empty one would only say that it knows nothing.
 *
 * @throws ConfigurationError if there is none
 */
export async function withLedger<T>(
  flags: Readonly<Record<string, unknown>>,
  work: (ledger: Ledger, configuration: ServerConfiguration) => Promise<T>,
): Promise<T> {
  // Whoever names a directory asks about the ledger in it, whatever ledger this machine's server has.
  const environment = flags["data"] === undefined ? process.env : { ...process.env, COUNTERFOIL_DATABASE_URL: "" };
  const configuration = readConfiguration(withFlags(environment, flags));
  const { ledger: url } = configuration.options;
  const path = /^sqlite:(.+)$/s.exec(url)?.[1];
  if (path !== undefined && !existsSync(path)) {
    throw new ConfigurationError(`There is no ledger at ${path}: name its directory with --data.`);
  }
  const ledger = ledgerAt(url, systemClock, systemRandom)();
  try {
    await ledger.open();
    return await work(ledger, configuration);
  } finally {
    await ledger[Symbol.asyncDispose]();
  }
}
