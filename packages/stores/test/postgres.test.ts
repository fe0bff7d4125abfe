import { describe, inject } from "vitest";
import { ledgerContract } from "./ledger-contract.ts";
import { makePostgres } from "./postgres-store.ts";

const { "18": eighteen, "15": fifteen } = inject("postgres");

describe("PostgreSQL 18", () => {
  ledgerContract(() => makePostgres(eighteen), { redeemTable: 1, tellsChanges: false });
});

describe.runIf(fifteen !== null)("PostgreSQL 15", () => {
  ledgerContract(() => makePostgres(fifteen ?? ""), { redeemTable: 1, tellsChanges: false });
});
