import { systemClock } from "@counterfoil/core";
import { moveToPostgres } from "@counterfoil/stores/move";
import { LedgerDatabase } from "@counterfoil/stores/postgres-database";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import { readAddress } from "../src/postgres/address.ts";
import { withConnection } from "../src/postgres/migrate.ts";
import { temporaryFile } from "./file.ts";
import { createUser } from "./make.ts";
import { newSchema } from "./postgres-store.ts";

const { "18": address } = inject("postgres");

/** An embedded ledger with a user, which nobody has open, and an empty schema for it. */
async function openPlace(stack: AsyncDisposableStack) {
  const path = temporaryFile();
  const ledger = sqliteLedger({ path, clock: systemClock });
  await ledger.open();
  await createUser(ledger);
  await ledger[Symbol.asyncDispose]();
  const schema = newSchema();
  const url = `${address}?schema=${schema}`;
  await new LedgerDatabase({ url }).migrate();
  const other = new Client({ connectionString: address, options: `-c search_path=${schema}` });
  await other.connect();
  stack.defer(() => other.end());
  return { path, schema, url, other };
}

test("a role's own limits of time are not in the way of what is done once", async () => {
  await using stack = new AsyncDisposableStack();
  const { path, schema, url, other } = await openPlace(stack);
  await other.query(`
    CREATE ROLE ${schema} SUPERUSER LOGIN;
    ALTER ROLE ${schema} SET statement_timeout = '59s';
    ALTER ROLE ${schema} SET idle_in_transaction_session_timeout = '58s';
    CREATE TABLE limits AS SELECT ''::text AS statement, ''::text AS idle WHERE false;
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO limits VALUES
        (current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'));
      RETURN NULL;
    END $$;
    CREATE TRIGGER notes AFTER INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION note()`);
  const asRole = url.replace(/\/\/[^@]+@/, `//${schema}@`);
  const { rows } = await withConnection(readAddress(asRole), "test", (_tx, client) =>
    client.query("SHOW statement_timeout"),
  );
  expect(rows).toEqual([{ statement_timeout: "0" }]);
  expect(await moveToPostgres({ path, url: asRole })).toMatchObject({ outcome: "moved", users: 1 });
  expect((await other.query("SELECT * FROM limits")).rows).toEqual([{ statement: "0", idle: "0" }]);
});
