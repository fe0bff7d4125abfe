import { StoreError } from "@counterfoil/core";
import { postgresLedger } from "@counterfoil/stores/postgres";
import { Client } from "pg";
import { expect, inject, test } from "vitest";
import { Database } from "./database.ts";
import { context, createUser, open } from "./make.ts";
import { newSchema } from "./postgres-store.ts";

const { "18": address } = inject("postgres");
const PATIENCE = { timeout: 20_000, interval: 10 };

/** A ledger with one user and one session, and a connection that is in its way. */
async function openPlace(stack: AsyncDisposableStack) {
  const schema = newSchema();
  const ledger = stack.use(postgresLedger({ url: `${address}?schema=${schema}&pool=3`, applicationName: schema }));
  await ledger.open();
  const user = await createUser(ledger);
  const { sid } = await open(ledger, user);
  const other = new Client({ connectionString: address, options: `-c search_path=${schema}` });
  await other.connect();
  stack.defer(() => other.end());
  /** Resolves when the ledger waits for a lock. */
  const waits = async () => {
    await expect
      .poll(async () => {
        const text = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
        return (await other.query(text, [schema])).rows.length;
      }, PATIENCE)
      .toBeGreaterThan(0);
  };
  const { subject } = user;
  const endAll = () => ledger.revokeSessions({ subject, except: null, reason: "logout_all", context: context() });
  return { ledger, other, waits, user, sid, subject, endAll };
}

test("R162 a row that somebody else keeps locked, and a statement that takes too long, are a StoreError that says so", async () => {
  await using stack = new AsyncDisposableStack();
  const { ledger, other, subject, endAll } = await openPlace(stack);
  await other.query(`
    CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
    CREATE TRIGGER sleeps BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION sleep();`);
  await other.query("BEGIN");
  await other.query("SELECT FROM users WHERE subject = $1 FOR UPDATE", [subject]);
  await expect(endAll()).rejects.toThrow(
    new StoreError("The ledger is busy: another transaction has kept a lock for two seconds. Try again shortly."),
  );
  await other.query("ROLLBACK");
  await expect(endAll()).rejects.toThrow(
    new StoreError("The ledger is busy: a statement took longer than it may. Try again shortly."),
  );
  await other.query("DROP TRIGGER sleeps ON sessions");
  // Nothing of them is left, and nothing is kept by them.
  expect((await ledger.listSessions(subject)).length).toBe(1);
  expect(await endAll()).toMatchObject({ outcome: "revoked" });
});

test("R162 whoever gives way in a deadlock begins again, and nobody hears of it", async () => {
  await using stack = new AsyncDisposableStack();
  const { ledger, other, waits, sid, subject, endAll } = await openPlace(stack);
  const deadlocks = async () => {
    const { rows } = await other.query<{ deadlocks: number }>(
      "SELECT pg_stat_get_db_deadlocks(oid)::int AS deadlocks FROM pg_database WHERE datname = current_database()",
    );
    return rows[0]!.deadlocks;
  };
  const before = await deadlocks();
  // The other way round than the ledger does: first the session, then its user. It waits longer before it looks.
  await other.query("SET deadlock_timeout = '30s'");
  await other.query("BEGIN");
  await other.query("SELECT FROM sessions WHERE sid = $1 FOR UPDATE", [sid]);
  const ended = endAll();
  await waits();
  await other.query("SELECT FROM users WHERE subject = $1 FOR UPDATE", [subject]);
  await other.query("COMMIT");
  expect(await ended).toMatchObject({ outcome: "revoked" });
  await expect.poll(deadlocks, PATIENCE).toBeGreaterThan(before);
  expect(await ledger.listSessions(subject)).toEqual([]);
});

test("R162 a serialisation failure is tried again, and a StoreError where it never ends", async () => {
  await using stack = new AsyncDisposableStack();
  const { other, ledger, user } = await openPlace(stack);
  await other.query(`
    CREATE SEQUENCE attempts_made;
    CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('attempts_made') % 3 <> 0 THEN RAISE EXCEPTION 'collided' USING ERRCODE = '40001'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER collides BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION collide();`);
  await open(ledger, user);
  expect((await ledger.listSessions(user.subject)).length).toBe(2);
  expect((await other.query("SELECT last_value::int FROM attempts_made")).rows).toEqual([{ last_value: 3 }]);
  await other.query(`
    CREATE OR REPLACE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'collided' USING ERRCODE = '40001'; END $$`);
  await expect(open(ledger, user)).rejects.toThrow(
    new StoreError("The ledger is busy: this collided with others again and again. Try again shortly."),
  );
  expect((await ledger.listSessions(user.subject)).length).toBe(2);
});

test("R065 a commit whose wait for the standby is given up is no success, also where the database would keep its warning to itself", async () => {
  await using database = await Database.start("18", { fsync: "off" });
  await database.query("ALTER ROLE postgres SET client_min_messages = error");
  await using ledger = postgresLedger({ url: database.url("pool=2") });
  await ledger.open();
  await createUser(ledger);
  await database.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  await database.query("SELECT pg_reload_conf()");
  const waiting = async () => {
    const rows = await database.query<{ pid: number }>("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    return rows.map(({ pid }) => pid);
  };
  const created = createUser(ledger).then(
    () => "created",
    (error: unknown) => String(error),
  );
  await expect.poll(async () => (await waiting()).length, PATIENCE).toBe(1);
  await database.query("SELECT pg_cancel_backend($1)", [(await waiting())[0]]);
  expect(await created).toMatch(/^StoreError: The ledger's database gave up waiting for its standby: /);
  await database.query("ALTER SYSTEM RESET synchronous_standby_names");
  await database.query("SELECT pg_reload_conf()");
  await expect.poll(() => createUser(ledger).then(() => "created"), PATIENCE).toBe("created");
});
