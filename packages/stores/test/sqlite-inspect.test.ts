import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { LedgerFile } from "@counterfoil/stores/sqlite-file";
import { expect, it } from "vitest";
import { temporaryFile } from "./file.ts";
import { createUser, signIn } from "./make.ts";

const clock = systemClock;
const fileAt = (path: string) => new LedgerFile({ path, clock });

async function newLedger(): Promise<string> {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  await createUser(ledger, ["user", "admin"]);
  const { sid } = await signIn(ledger);
  await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
  return path;
}

it("what is looked at is left as it was, with a server and without one", async () => {
  const path = await newLedger();
  const now = clock.now();
  expect(fileAt(path).inspect(now + 60_000)).toMatchObject({
    faults: [],
    drift: [],
    walBytes: 0,
    state: { users: 2, admins: 1, dead: 1, signingKeys: [], secrets: [], newestEventAt: expect.any(Number) },
  });
  expect(fileAt(path).inspect(now - 60_000).state?.dead).toBe(0);
  expect(readdirSync(dirname(path))).toEqual(["counterfoil.db"]);
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  await createUser(ledger);
  const beside = fileAt(path).inspect(0);
  expect([beside.state?.users, beside.walBytes > 0]).toEqual([3, true]);
});

it.each([
  ["DROP INDEX events_by_time", [{ kind: "missing", what: "index events_by_time" }]],
  ["CREATE TABLE theirs (a)", [{ kind: "extra", what: "table theirs" }]],
  ["ALTER TABLE sessions ADD COLUMN theirs TEXT", [{ kind: "extra", what: "column sessions.theirs" }]],
  ["ALTER TABLE sessions DROP COLUMN device_name", [{ kind: "missing", what: "column sessions.device_name" }]],
  [
    "DROP TABLE verifiers; CREATE TABLE verifiers (id, name, credential_hash, created_at)",
    [{ kind: "changed", what: "table verifiers" }],
  ],
  [
    "DROP INDEX users_by_creation; CREATE INDEX users_by_creation ON users (created_at)",
    [{ kind: "changed", what: "index users_by_creation" }],
  ],
  ["CREATE TRIGGER theirs AFTER INSERT ON users BEGIN SELECT 1; END", [{ kind: "extra", what: "trigger theirs" }]],
])("after %s the drift is told", async (sql, drift) => {
  const path = await newLedger();
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
  const inspection = fileAt(path).inspect(0);
  expect(inspection.drift.map(({ kind, what }) => ({ kind, what }))).toEqual(drift);
  expect(inspection.state === null).toBe(sql.includes("DROP COLUMN"));
});
