import { StoreError } from "@counterfoil/core";
import { postgresLedger } from "@counterfoil/stores/postgres";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import { createUser } from "./make.ts";
import { newSchema } from "./postgres-store.ts";
import { openRewriting } from "./rewriting.ts";
import type { Rewrite } from "./rewriting.ts";

const { "18": address } = inject("postgres");

/** A ledger behind a way that changes what is said on it, and a connection beside that. */
async function openPlace(stack: AsyncDisposableStack, rewrite: Rewrite) {
  const way = stack.use(await openRewriting(Number(new URL(address).port), rewrite));
  const schema = newSchema();
  const url = new URL(`${address}?schema=${schema}&pool=2`);
  url.port = String(way.port);
  const ledger = stack.use(postgresLedger({ url: url.href }));
  await ledger.open();
  const other = new Client({ connectionString: address, options: `-c search_path=${schema}` });
  await other.connect();
  stack.defer(() => other.end());
  const users = async () => (await other.query("SELECT FROM users")).rows.length;
  /** Each user that is created has the database say something as it is committed. */
  const sayAtCommit = async (level: "WARNING" | "INFO") => {
    await other.query(`
      DROP TRIGGER IF EXISTS says ON users;
      CREATE OR REPLACE FUNCTION say() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE ${level} 'said at the commit'; RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER says AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION say()`);
  };
  return { way, ledger, users, sayAtCommit };
}

const NOT_ON_STANDBY = new StoreError(
  "The ledger's database gave up waiting for its standby: what was asked is done, and may be lost with this machine. Ask again once the standby is back.",
);

test("R065 a warning at the commit is no success in whatever language the database speaks, and what is only told is one", async () => {
  await using stack = new AsyncDisposableStack();
  // Its severity comes twice: in the server's language for whoever reads it, and as it is for programs.
  const german: Rewrite = { toClient: ["SWARNING\0", "SWARNUNG\0"] };
  const { way, ledger, users, sayAtCommit } = await openPlace(stack, german);
  await sayAtCommit("WARNING");
  await expect(createUser(ledger)).rejects.toThrow(NOT_ON_STANDBY);
  expect([way.count, await users()]).toEqual([1, 1]);
  await sayAtCommit("INFO");
  await createUser(ledger);
  expect([way.count, await users()]).toEqual([1, 2]);
});

test("a transaction that could not be begun does nothing: no statement of it is committed by itself", async () => {
  await using stack = new AsyncDisposableStack();
  const refused: Rewrite = { toServer: ["BEGIN ISOLATION", "BEGUN ISOLATION"] };
  const { way, ledger, users } = await openPlace(stack, refused);
  await expect(createUser(ledger)).rejects.toThrow(
    new StoreError(
      'The ledger\'s database refused a statement, which should not happen (42601: syntax error at or near "BEGUN").',
    ),
  );
  expect([way.count, await users()]).toEqual([1, 0]);
});
