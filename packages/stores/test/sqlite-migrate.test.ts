import { DatabaseSync } from "node:sqlite";
import { StoreError, systemClock } from "@counterfoil/core";
import type { Sid } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { LedgerFile } from "@counterfoil/stores/sqlite-file";
import { expect, it } from "vitest";
import { sqliteManifest } from "../src/migrations/sqlite-manifest.ts";
import { migrate, SCHEMA_VERSION } from "../src/sqlite/migrate.ts";
import { shapeOf } from "../src/sqlite/shape.ts";
import { temporaryFile } from "./file.ts";
import { counterOf, redeem } from "./make.ts";
import { startChild } from "./process.ts";
import { fillSessions, V1_EVENT, V1_KEY, V1_SECRET, V1_SESSION, V1_USER, versionOne } from "./version-one.ts";

const clock = systemClock;
const fileAt = (path: string) => new LedgerFile({ path, clock });

it("the manifest is what the migrations make: `npm run manifest` writes it", () => {
  using database = new DatabaseSync(":memory:");
  migrate(database, "", 0);
  expect(shapeOf(database)).toEqual(sqliteManifest);
});

it("R064 a ledger of the first version comes to today's, and everybody stays signed in", async () => {
  const path = temporaryFile();
  const now = clock.now();
  const old = versionOne(path, now);
  fillSessions(old, "usr_one", 20, now);
  old.prepare(V1_KEY).run("key", now);
  old.close();
  expect(fileAt(path).schema()).toEqual({ from: 1, to: SCHEMA_VERSION });
  expect(await fileAt(path).migrate()).toEqual({ from: 1, to: SCHEMA_VERSION });
  expect(await fileAt(path).migrate()).toEqual({ from: SCHEMA_VERSION, to: SCHEMA_VERSION });
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  expect((await ledger.readRevocations(null)).timeline).toBe("first");
  for (let index = 1; index <= 20; index++) {
    expect(counterOf(await redeem(ledger, `ses_${index}` as Sid, 0))).toBe(1);
  }
  expect(await ledger.listSigningKeys()).toMatchObject([{ kid: "key", state: "signing" }]);
});

it("a server of the first version goes on beside today's: all that it writes is taken", async () => {
  const path = temporaryFile();
  const now = clock.now();
  const old = versionOne(path, now);
  old.prepare(V1_USER).run("usr_one", "one", "one", now);
  // Prepared before, as its statements are.
  const insert = old.prepare(V1_SESSION);
  await fileAt(path).migrate();
  insert.run({ sid: "ses_old", locator: "locator of ses_old", subject: "usr_one", now });
  old.prepare(V1_EVENT).run(now, "usr_one", "ses_old");
  old.prepare(V1_KEY).run("key of the old", now);
  old.prepare(V1_SECRET).run(1, "print", now);
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const redeemed = await redeem(ledger, "ses_old" as Sid, 0);
  expect(redeemed).toMatchObject({ outcome: "rotated", session: { counter: 1 } });
  const read = old.prepare("SELECT counter FROM sessions WHERE sid = ?").get("ses_old");
  expect(read).toEqual({ counter: 1 });
  expect(old.prepare("UPDATE sessions SET counter = 2, seen = 0 WHERE sid = ?").run("ses_old").changes).toBe(1);
  expect(await ledger.readSession("ses_old" as Sid)).toMatchObject({ session: { counter: 2 } });
  old.close();
});

it("R065 killed at any moment of a long migration, it has not happened, and the next one is whole", async () => {
  const path = temporaryFile();
  const now = clock.now();
  const old = versionOne(path, now);
  fillSessions(old, "usr_many", 200_000, now);
  old.close();
  const versions: number[] = [];
  for (let round = 0; round < 8 && versions.at(-1) !== SCHEMA_VERSION; round++) {
    const child = startChild("migrate", path);
    await child.said();
    child.start();
    await new Promise((resolve) => setTimeout(resolve, 10 + round * 25));
    child.kill();
    await child.rest();
    using database = new DatabaseSync(path);
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    versions.push(version);
    const tables = Object.keys(shapeOf(database).tables);
    expect([version, tables.includes("password_codes")]).toEqual([version, version === SCHEMA_VERSION]);
  }
  // Else the kills were too late to show anything.
  expect(versions[0]).toBe(1);
  await fileAt(path).migrate();
  using database = new DatabaseSync(path);
  expect(shapeOf(database)).toEqual(sqliteManifest);
  expect(database.prepare("SELECT count(*) AS n FROM sessions").get()).toEqual({ n: 200_000 });
  expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
}, 180_000);

it("of processes that migrate one file at once, one does, and the others find it done", async () => {
  const path = temporaryFile();
  const old = versionOne(path, clock.now());
  fillSessions(old, "usr_some", 20_000, clock.now());
  old.close();
  const children = Array.from({ length: 3 }, () => startChild("migrate", path));
  await Promise.all(children.map((child) => child.said()));
  for (const child of children) child.start();
  const told = (await Promise.all(children.map((child) => child.said()))) as { from: number; to: number }[];
  expect(told.filter(({ from }) => from === 1)).toHaveLength(1);
});

it("a newer version's, another application's and no ledger are refused by every operation on the file", async () => {
  const refusals: [string, RegExp][] = [];
  const newer = temporaryFile();
  const database = versionOne(newer, clock.now());
  database.exec("PRAGMA user_version = 99");
  database.close();
  refusals.push([newer, /newer version/]);
  const foreign = temporaryFile();
  const theirs = versionOne(foreign, clock.now());
  theirs.exec("PRAGMA application_id = 7; PRAGMA user_version = 1");
  theirs.close();
  refusals.push([foreign, /another application/]);
  for (const [path, sentence] of refusals) {
    const file = fileAt(path);
    const operations: readonly (() => unknown)[] = [
      () => file.schema(),
      () => file.migrate(),
      () => file.backUp(`${path}.copy`, false),
      () => file.inspect(0),
    ];
    for (const operation of operations) {
      const refused = await Promise.resolve()
        .then(operation)
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(StoreError);
      expect((refused as StoreError).message).toMatch(sentence);
    }
  }
  await expect(fileAt(temporaryFile()).migrate()).rejects.toThrow(/no ledger to migrate/);
});
