import { existsSync } from "node:fs";
import { ConfigurationError, systemClock, systemRandom } from "@counterfoil/core";
import type { Ledger } from "@counterfoil/core";
import type { LedgerDatabase } from "@counterfoil/stores/postgres-database";
import { LedgerFile } from "@counterfoil/stores/sqlite-file";
import { readConfiguration } from "../config/environment.ts";
import type { Environment, ServerConfiguration } from "../config/environment.ts";
import { ledgerAt, ledgerDatabase, sqlitePath } from "../config/ledger.ts";
import { commandEnvironment } from "./environment-flags.ts";
import type { Flags } from "./print.ts";

/**
 * Opens the ledger that the environment and the flags name, beside whatever server runs on it, and closes it again.
 *
 * @throws ConfigurationError if there is none: a command must not make one, which would know nobody
 * @throws ConfigurationError if its schema is older than this version's: opening it would migrate it, and whoever only
 *   asks a question has not made a backup before, nor can the server of the version before start again behind it
 * @throws StoreError if it cannot be opened
 */
export async function withLedger<T>(
  flags: Flags,
  use: (ledger: Ledger, configuration: ServerConfiguration, environment: Environment) => Promise<T>,
): Promise<T> {
  const environment = commandEnvironment(flags);
  const configuration = readConfiguration(environment);
  const { ledger: address } = configuration.options;
  if (address === "memory:") {
    throw new ConfigurationError(
      "The ledger is memory:, which is in the server's process alone: no command reaches it.",
    );
  }
  const make = ledgerAt(address, systemClock, systemRandom);
  const database = ledgerDatabase(address, systemClock);
  if (database === undefined) requireFile(sqlitePath(address));
  else await requireDatabase(database);
  const ledger = make();
  try {
    await ledger.open();
    return await use(ledger, configuration, environment);
  } finally {
    await ledger[Symbol.asyncDispose]();
  }
}

function requireFile(path: string | undefined): void {
  if (path === undefined || !existsSync(path)) {
    throw new ConfigurationError(
      `There is no ledger at ${path}: start the server once, which makes it, or name its directory with --data.`,
    );
  }
  const { from, to } = new LedgerFile({ path, clock: systemClock }).schema();
  if (from !== 0)
    requireUpToDate(
      from,
      to,
      "make a backup (`counterfoil backup`), then run `counterfoil migrate`, or start the new server, which does it",
    );
}

async function requireDatabase(database: LedgerDatabase): Promise<void> {
  const { from, to } = await database.schema();
  if (from === 0) {
    throw new ConfigurationError(
      `There is no ledger in the schema ${database.schemaName} of that database: run \`counterfoil migrate\` with the address of the role that is to own it, which makes it, or name another schema with schema=.`,
    );
  }
  requireUpToDate(from, to, "make a backup (pg_dump), then run `counterfoil migrate` as the user that owns the tables");
}

function requireUpToDate(from: number, to: number, remedy: string): void {
  if (from >= to) return;
  throw new ConfigurationError(
    `The ledger has schema version ${from}, and this version of Counterfoil works with ${to}: ${remedy}.`,
  );
}
