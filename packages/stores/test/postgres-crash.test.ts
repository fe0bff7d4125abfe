import { postgresLedger } from "@counterfoil/stores/postgres";
import { expect, test } from "vitest";
import { Database } from "./database.ts";
import { facts } from "./make.ts";

const insert = (sid: string) =>
  `INSERT INTO counterfoil.revocations (entry) VALUES ('{"type":"session-revoked","sid":"${sid}"}')`;

test("R126 a reader's place is never ahead of what a database gives its transactions after a crash", async () => {
  // A flush of what nobody waits for would make the numbers durable that the crash is to take back.
  await using database = await Database.start("18", { wal_writer_delay: "10s", bgwriter_delay: "10s" });
  const url = database.url();
  const before = postgresLedger({ url });
  await before.open();
  await database.query(insert("one"));
  // Each look at the events takes a transaction's number, and writes nothing.
  for (let look = 0; look < 5; look++) await before.pageEvents({ order: "oldest_first", limit: 1 });
  const read = await before.readRevocations(null);
  expect(facts(read)).toEqual([{ type: "session-revoked", sid: "one" }]);
  await database.kill();
  await before[Symbol.asyncDispose]();
  await database.restart();

  const later = ["two", "three", "four", "five", "six", "seven"];
  for (const sid of later) await database.query(insert(sid));
  await using after = postgresLedger({ url });
  await after.open();
  const { timeline, entries } = await after.readRevocations(read.cursor);
  expect(timeline).toBe(read.timeline);
  expect(entries.map((entry) => entry.type === "session-revoked" && entry.sid)).toEqual(later);
});
