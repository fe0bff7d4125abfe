import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { StoreError, systemClock } from "@counterfoil/core";
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

/** As a server that adds a user. */
async function use(path: string): Promise<void> {
  await using ledger = sqliteLedger({ path, clock: systemClock });
  await ledger.open();
  await createUser(ledger);
}

/** An embedded ledger with a user, which nobody has open, and an empty schema for it. */
async function openPlace(stack: AsyncDisposableStack) {
  const path = temporaryFile();
  await use(path);
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

test("what would not let the file be kept is found before anything is copied, and leaves nothing behind", async () => {
  await using stack = new AsyncDisposableStack();
  const { path, url, other } = await openPlace(stack);
  // Somebody's file has the name already.
  const clock = { ...systemClock, now: () => Date.UTC(2026, 0, 31) };
  const taken = `${path}.moved-2026-01-31T00-00-00-000Z`;
  writeFileSync(taken, "mine");
  await expect(moveToPostgres({ path, url, clock })).rejects.toThrow(StoreError);
  expect((await other.query("SELECT FROM users")).rows).toEqual([]);
  expect(readFileSync(taken, "utf8")).toBe("mine");
  expect(readdirSync(dirname(path)).toSorted()).toEqual([basename(path), basename(taken)]);
  rmSync(taken);
  expect(await moveToPostgres({ path, url, clock })).toMatchObject({ outcome: "moved", keptAs: taken });
});

test("a move that takes long tells every few seconds how far it is, and a short one tells nothing", async () => {
  await using stack = new AsyncDisposableStack();
  const [slow, fast] = [await openPlace(stack), await openPlace(stack)];
  const told: number[] = [];
  const onProgress = (rows: number) => told.push(rows);
  const still = { ...systemClock, monotonic: () => 0 };
  const short = await moveToPostgres({ path: fast.path, url: fast.url, clock: still, onProgress });
  expect([short.outcome, told]).toEqual(["moved", []]);
  let passed = 0;
  const clock = { ...systemClock, monotonic: () => (passed += 2000) };
  const moved = await moveToPostgres({ path: slow.path, url: slow.url, clock, onProgress });
  expect(moved).toMatchObject({ outcome: "moved" });
  expect(told.length).toBeGreaterThan(0);
  expect(told).toEqual(told.toSorted((left, right) => left - right));
});

test("a move that finds the database in use leaves nothing behind", async () => {
  await using stack = new AsyncDisposableStack();
  const [one, another] = [await openPlace(stack), await openPlace(stack)];
  expect(await moveToPostgres({ path: one.path, url: one.url })).toMatchObject({ outcome: "moved" });
  expect(await moveToPostgres({ path: another.path, url: one.url })).toEqual({ outcome: "not_empty" });
  expect(readdirSync(dirname(another.path))).toEqual([basename(another.path)]);
});

test("where the file cannot be taken out of use after the commit it is said what there is, and another run finishes the move", async () => {
  await using stack = new AsyncDisposableStack();
  const { path, url, other } = await openPlace(stack);
  // It gets as far as its last statement, and goes on when the gate is opened.
  await other.query(`
    CREATE SEQUENCE gate;
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      FOR turn IN 1..3000 LOOP
        EXIT WHEN (SELECT is_called FROM gate);
        PERFORM pg_sleep(0.01);
      END LOOP;
      RETURN NEW;
    END $$;
    CREATE TRIGGER waits BEFORE UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION wait()`);
  const moving = moveToPostgres({ path, url }).catch(String);
  const notes = () => readdirSync(dirname(path)).filter((name) => name.endsWith(".note"));
  await expect.poll(notes, { timeout: 20_000 }).toHaveLength(1);
  rmSync(join(dirname(path), notes()[0]!));
  await other.query("SELECT nextval('gate')");
  expect(await moving).toMatch(
    /^StoreError: The database has the whole ledger now, .*: start no server on it\. Run the same command again/,
  );
  const [kept] = readdirSync(dirname(path)).filter((name) => name.includes(".moved-"));
  // By now servers may have used the database.
  await other.query("UPDATE users SET username = 'other'; DROP TRIGGER waits ON ledger");
  const keptAs = join(dirname(path), kept!);
  expect(await moveToPostgres({ path, url })).toEqual({ outcome: "finished", keptAs });
  expect(readFileSync(path, "utf8")).toContain("was moved to PostgreSQL");
  expect(readdirSync(dirname(path)).toSorted()).toEqual([basename(path), kept]);
  expect((await other.query("SELECT username FROM users")).rows).toEqual([{ username: "other" }]);
});

test("a ledger that was used after the move that was cut short is not taken for what was moved", async () => {
  await using stack = new AsyncDisposableStack();
  const { path, url } = await openPlace(stack);
  const moved = await moveToPostgres({ path, url });
  expect(moved).toMatchObject({ outcome: "moved" });
  // As it is where the last rename did not come.
  renameSync("keptAs" in moved ? moved.keptAs : "", path);
  await use(path);
  expect(await moveToPostgres({ path, url })).toEqual({ outcome: "not_empty" });
  expect(readdirSync(dirname(path))).toEqual([basename(path)]);
  await use(path);
});
