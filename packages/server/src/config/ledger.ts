import { ConfigurationError } from "@counterfoil/core";
import type { Clock, Ledger, Random } from "@counterfoil/core";
import { memoryLedger } from "@counterfoil/stores/memory";
import { isPostgresAddress, postgresLedger } from "@counterfoil/stores/postgres";
import { LedgerDatabase } from "@counterfoil/stores/postgres-database";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { named } from "./settings.ts";

/**
 * Makes the ledger that an address names; it is not opened yet.
 *
 * @throws ConfigurationError for an address of another form
 */
export function ledgerAt(address: string, clock: Clock, random: Random): () => Ledger {
  if (address === "memory:") return () => memoryLedger({ clock, random });
  const path = sqlitePath(address);
  if (path !== undefined) return () => sqliteLedger({ path, clock, random });
  if (isPostgresAddress(address)) return postgresAt(address, random);
  throw new ConfigurationError(
    `${named("ledger")} must be sqlite:PATH (such as sqlite:./counterfoil.db), postgres://… or memory:.`,
  );
}

function postgresAt(url: string, random: Random): () => Ledger {
  const make = () => postgresLedger({ url, random });
  // It does nothing before it is opened; a wrong address is told now.
  refusing(make);
  return make;
}

/**
 * The database of a PostgreSQL ledger's address; `undefined` for an address of another kind.
 *
 * @throws ConfigurationError for an address of another form
 */
export function ledgerDatabase(address: string, clock: Clock): LedgerDatabase | undefined {
  return isPostgresAddress(address) ? refusing(() => new LedgerDatabase({ url: address, clock })) : undefined;
}

/** The message holds nothing of the address, which may have a password in it. */
function refusing<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof TypeError) throw new ConfigurationError(`${named("ledger")} ${error.message}.`);
    throw error;
  }
}

/** The file of an embedded ledger's address; `undefined` for an address of another kind. */
export function sqlitePath(address: string): string | undefined {
  return /^sqlite:([^:\0].*)$/s.exec(address)?.[1];
}
