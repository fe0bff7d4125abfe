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
  return { way, ledger, users };
}

test("a transaction that could not be begun does nothing: no statement of it is committed by itself", async () => {
  await using stack = new AsyncDisposableStack();
  const refused: Rewrite = { toServer: ["BEGIN ISOLATION", "BEGUN ISOLATION"] };
  const { way, ledger, users } = await openPlace(stack, refused);
  await expect(createUser(ledger)).rejects.toThrow(
    new StoreError("The ledger's database refused a statement: this should not happen, and the cause tells more."),
  );
  expect([way.count, await users()]).toEqual([1, 0]);
});
