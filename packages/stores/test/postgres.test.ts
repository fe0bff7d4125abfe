import { afterAll, beforeAll, describe } from "vitest";
import { Database, NOT_DURABLE } from "./database.ts";
import { ledgerContract } from "./ledger-contract.ts";
import { makePostgres } from "./postgres-store.ts";

describe("PostgreSQL 18", () => {
  /** A server of its own: whoever keeps a transaction open on one, as other tests do, keeps its events back meanwhile. */
  let database: Database;
  beforeAll(async () => void (database = await Database.start("18", NOT_DURABLE)));
  afterAll(() => database[Symbol.asyncDispose]());

  ledgerContract(() => makePostgres(database.url()), { redeemTable: 1, tellsChanges: false });
});
