import { ConfigurationError, systemClock } from "@counterfoil/core";
import { LedgerFile } from "@counterfoil/stores/sqlite-file";
import { readConfiguration } from "../config/environment.ts";
import type { Environment, ServerConfiguration } from "../config/environment.ts";
import { ledgerDatabase, sqlitePath } from "../config/ledger.ts";
import { named } from "../config/settings.ts";
import { commandEnvironment } from "./environment-flags.ts";
import type { Flags } from "./print.ts";

/** The embedded ledger that a command is about. */
export interface NamedLedger {
  readonly file: LedgerFile;
  readonly path: string;
  readonly environment: Environment;
  readonly configuration: ServerConfiguration;
}

/** Nothing of ours does it better; what it leaves to do is ours. */
const POSTGRES =
  "The ledger is in PostgreSQL, whose own tools back it up and restore it (pg_dump and pg_restore, or base backups with the write-ahead log): since what was revoked after the backup would be good again, do after a restore what docs/operators.md says, which ends with `counterfoil secret replace`.";

/** @throws ConfigurationError if the configured ledger is in no file */
export function namedLedger(flags: Flags): NamedLedger {
  const environment = commandEnvironment(flags);
  const configuration = readConfiguration(environment);
  const { ledger } = configuration.options;
  if (ledgerDatabase(ledger, systemClock) !== undefined) throw new ConfigurationError(POSTGRES);
  const path = sqlitePath(ledger);
  if (path === undefined) {
    throw new ConfigurationError(`${named("ledger")} is in no file: name a directory with --data, or set sqlite:PATH.`);
  }
  return { file: new LedgerFile({ path, clock: systemClock }), path, environment, configuration };
}

/** @throws ConfigurationError if there is none: only a server makes one */
export function presentLedger(flags: Flags): NamedLedger {
  const ledger = namedLedger(flags);
  if (ledger.file.exists) return ledger;
  throw new ConfigurationError(`There is no ledger at ${ledger.path}: name its directory with --data.`);
}
