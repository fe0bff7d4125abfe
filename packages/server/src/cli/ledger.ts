import { existsSync } from "node:fs";
import { ConfigurationError, systemClock, systemRandom } from "@counterfoil/core";
import type { Ledger } from "@counterfoil/core";
import { readConfiguration } from "../config/environment.ts";
import { ledgerAt } from "../config/ledger.ts";
import { withFlags } from "./environment-flags.ts";

export type Flags = Readonly<Record<string, unknown>>;

/**
 * Opens the ledger that a command is about, which a server may be running on, and closes it behind `use`.
 *
 * @throws ConfigurationError where there is none: a new one would only be empty
 * @throws StoreError if it cannot be opened
 */
export async function withLedger<T>(flags: Flags, use: (ledger: Ledger) => Promise<T>): Promise<T> {
  // Whoever names a directory asks about the ledger in it, whatever ledger this machine's server has.
  const environment = flags["data"] === undefined ? process.env : { ...process.env, COUNTERFOIL_DATABASE_URL: "" };
  const { options } = readConfiguration(withFlags(environment, flags));
  const path = /^sqlite:(.+)$/s.exec(options.ledger)?.[1];
  if (path !== undefined && !existsSync(path)) {
    throw new ConfigurationError(`There is no ledger at ${path}: name its directory with --data.`);
  }
  const ledger = ledgerAt(options.ledger, systemClock, systemRandom)();
  try {
    await ledger.open();
    return await use(ledger);
  } finally {
    await ledger[Symbol.asyncDispose]();
  }
}
