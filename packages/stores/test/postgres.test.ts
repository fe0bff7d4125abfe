import { describe, inject } from "vitest";
import { ledgerContract } from "./ledger-contract.ts";
import { makePostgres } from "./postgres-store.ts";

describe("PostgreSQL 18", () => {
  ledgerContract(() => makePostgres(inject("postgres")["18"]), { redeemTable: 1, tellsChanges: false });
});
