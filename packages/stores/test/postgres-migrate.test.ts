import { postgresLedger } from "@counterfoil/stores/postgres";
import { Client } from "pg";
import { describe, expect, inject, test } from "vitest";
import { createUser, open } from "./make.ts";
import { newSchema } from "./postgres-store.ts";

const { "18": eighteen, "15": fifteen } = inject("postgres");

describe.each([
  ["18", eighteen],
  ["15", fifteen ?? eighteen],
])("PostgreSQL %s", (_version, address) => {
  test("of several servers that start on an empty database at once, one makes the tables and all of them start", async () => {
    const url = `${address}?schema=${newSchema()}&pool=2`;
    const ledgers = Array.from({ length: 6 }, () => postgresLedger({ url }));
    const started = await Promise.allSettled(ledgers.map((ledger) => ledger.open()));
    const timelines = await Promise.all(ledgers.map(async (ledger) => (await ledger.readRevocations(null)).timeline));
    await Promise.all(ledgers.map((ledger) => ledger[Symbol.asyncDispose]()));
    expect(started.filter(({ status }) => status === "rejected")).toEqual([]);
    expect(new Set(timelines).size).toBe(1);
  });

  test("what was prepared before a later version's migration is prepared again: no operation fails by it", async () => {
    const schema = newSchema();
    await using ledger = postgresLedger({ url: `${address}?schema=${schema}&pool=3` });
    await ledger.open();
    const user = await createUser(ledger);
    const use = async () => {
      const { sid } = await open(ledger, user);
      const reads = Array.from({ length: 4 }, () => ledger.readSession(sid));
      const ends = ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
      return [...(await Promise.all(reads)).map((read) => read?.session.sid === sid), (await ends).outcome];
    };
    const expected = [...Array.from({ length: 4 }, () => true), "revoked"];
    // On each of its connections.
    expect(await Promise.all(Array.from({ length: 3 }, use))).toEqual(Array.from({ length: 3 }, () => expected));
    const client = new Client({ connectionString: address });
    await client.connect();
    for (const table of ["sessions", "users", "events"]) {
      await client.query(`ALTER TABLE ${schema}.${table} ADD COLUMN later text`);
      expect(await Promise.all(Array.from({ length: 3 }, use))).toEqual(Array.from({ length: 3 }, () => expected));
    }
    await client.end();
  });
});
