import { postgresLedger } from "@counterfoil/stores/postgres";
import { describe, expect, inject, test } from "vitest";
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
});
