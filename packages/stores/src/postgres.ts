import { systemRandom } from "@counterfoil/core";
import type { Ledger, Random } from "@counterfoil/core";
import { isPostgresAddress, readAddress } from "./postgres/address.ts";
import { PostgresStore } from "./postgres/store.ts";
import { transitions } from "./sql/ledger.ts";
import { readRevocations } from "./sql/revocations.ts";

export { isPostgresAddress };

export interface PostgresLedgerOptions {
  /** `postgres://USER:PASSWORD@HOST:5432/DATABASE`, and parameters: see docs/scaling.md. */
  readonly url: string;
  /** Names the history of a new ledger, and spreads attempts. Left out: the platform's. */
  readonly random?: Random;
  /** As PostgreSQL shows it in `pg_stat_activity`. */
  readonly applicationName?: string;
}

/**
 * The ledger in a PostgreSQL database (15 or newer), for any number of servers. Time is the database's. Durable as the
 * database is: what an operation has answered is committed, and on the standby where `synchronous_commit` says so.
 *
 * @throws TypeError if the address has another form; its message begins with what is wrong with it
 */
export function postgresLedger({ url, random = systemRandom, applicationName }: PostgresLedgerOptions): Ledger {
  const store = new PostgresStore(readAddress(url), random, applicationName ?? "counterfoil");
  return {
    ...transitions(store),
    readRevocations: (cursor) => store.follow((tx) => readRevocations(store, tx, cursor)),
    open: () => store.open(),
    // Nothing tells for certain that nobody has written: the log is read each time.
    mayHaveChanged: () => true,
    connections: () => store.connections,
    onHint: (hint) => store.onHint(hint),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
