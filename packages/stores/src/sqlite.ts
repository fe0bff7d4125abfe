import { resolve } from "node:path";
import { systemRandom } from "@counterfoil/core";
import type { Clock, Ledger, Random } from "@counterfoil/core";
import { transitions } from "./sql/ledger.ts";
import { SqliteStore } from "./sqlite/store.ts";

export interface SqliteLedgerOptions {
  /** The file. It and its folder are made, for their owner alone, where there are none. */
  readonly path: string;
  /** The ledger's time; its monotonic half measures how long a lock is waited for. */
  readonly clock: Clock;
  /** Names a new ledger, and spreads the attempts at a lock. Left out: the platform's. */
  readonly random?: Random;
}

/**
 * The ledger in one SQLite file, for any number of processes of one machine. Durable: what an operation has answered
 * survives a crash of the process, the system or the power.
 *
 * @throws TypeError if `path` names no file of its own (`""`, `":memory:"`: that is `memoryLedger`)
 */
export function sqliteLedger({ path, clock, random = systemRandom }: SqliteLedgerOptions): Ledger {
  if (path === "" || path === ":memory:") throw new TypeError("path names the ledger's file; memoryLedger has none");
  // Absolute, so that it is no `file:` URI to SQLite, and a later change of directory does not move the ledger.
  const store = new SqliteStore(resolve(path), clock, random);
  return {
    ...transitions(store),
    open: () => store.open(),
    // Of other processes `mayHaveChanged` tells, at the next look.
    onHint: () => undefined,
    mayHaveChanged: () => store.mayHaveChanged(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
