import { describe, expect, inject, test } from "vitest";
import { ledgerContract } from "../ledger-contract.ts";
import { makePostgres } from "../postgres-store.ts";

// The oldest that is promised: `npm run test:postgres-15`. Whole systems are tested on it in e2e/cluster-failover.test.ts.
const { "15": address } = inject("postgres");

test("Debian's PostgreSQL 15 is installed", () => {
  expect(address).not.toBeNull();
});

describe("PostgreSQL 15", () => {
  ledgerContract(() => makePostgres(address ?? ""), { redeemTable: 1, tellsChanges: false });
});
