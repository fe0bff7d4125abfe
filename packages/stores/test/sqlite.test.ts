import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { describe } from "vitest";
import { temporaryFile } from "./file.ts";
import { ledgerContract } from "./ledger-contract.ts";
import { TestClock } from "./store.ts";
import type { TestStore } from "./store.ts";

describe("SQLite", () => {
  ledgerContract(makeSqlite, { redeemTable: 2, tellsChanges: true });
});

/** Two ledgers on one file: each has its own connections, and one waits for the other's lock. */
async function makeSqlite(): Promise<TestStore> {
  const clock = new TestClock();
  const path = temporaryFile();
  const ledger = sqliteLedger({ path, clock });
  const other = sqliteLedger({ path, clock });
  await ledger.open();
  await other.open();
  return {
    clock,
    ledger,
    other,
    [Symbol.asyncDispose]: async () => {
      await ledger[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}
