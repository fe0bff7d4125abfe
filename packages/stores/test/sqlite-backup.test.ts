import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError, systemClock } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { LedgerFile } from "@counterfoil/stores/sqlite-file";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFile } from "./file.ts";
import { createUser, open, signIn } from "./make.ts";
import { startChild } from "./process.ts";
import { fillSessions, versionOne } from "./version-one.ts";

const clock = systemClock;
const fileAt = (path: string) => new LedgerFile({ path, clock });

it("R138 a backup is one whole file for its owner alone, verified, and leaves nothing else beside it", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const { sid } = await signIn(ledger);
  const to = join(dirname(path), "..", "backup.db");
  const written = fileAt(path).backUp(to, false);
  expect(written).toMatchObject({ outcome: "written", users: 1, sessions: 1, bytes: statSync(to).size });
  expect(statSync(to).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(to)).filter((name) => name.startsWith("backup"))).toEqual(["backup.db"]);
  await using copy = sqliteLedger({ path: to, clock });
  await copy.open();
  expect(await copy.readSession(sid)).toMatchObject({ endedAt: null });
});

it("a file that is there is left as it is, unless it is named with force; the ledger itself never is", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const to = join(dirname(path), "backup.db");
  writeFileSync(to, "precious");
  expect(fileAt(path).backUp(to, false)).toEqual({ outcome: "exists" });
  expect(statSync(to).size).toBe(8);
  expect(() => fileAt(path).backUp(path, false)).toThrow(/the ledger itself/);
  expect(() => fileAt(path).backUp(path, true)).toThrow(/the ledger itself/);
  expect(fileAt(path).backUp(to, true)).toMatchObject({ outcome: "written", users: 0 });
});

it("R138 no force puts a backup over the ledger's own files, a secret, or what is no regular file", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const user = await createUser(ledger);
  const folder = dirname(path);
  const at = (name: string) => join(folder, name);
  writeFileSync(at("secret"), "cfk_secret");
  writeFileSync(at("precious"), "precious");
  symlinkSync("precious", at("link"));
  symlinkSync("nowhere", at("dangling"));
  symlinkSync(".", at("alias"));
  mkdirSync(at("folder"));
  execFileSync("mkfifo", [at("fifo")]);
  // A companion that is not there would be played into the ledger.
  const before = readdirSync(folder, { withFileTypes: true }).map(({ name }) => name);
  for (const [name, sentence] of [
    ["counterfoil.db", /the ledger itself/],
    ["counterfoil.db-wal", /a part of the ledger/],
    ["counterfoil.db-shm", /a part of the ledger/],
    ["counterfoil.db-journal", /a part of the ledger/],
    [join("alias", "counterfoil.db-journal"), /a part of the ledger/],
    ["secret", /the server's secret/],
    [join("alias", "secret"), /the server's secret/],
    ["unmade-secret", /the server's secret/],
    ["link", /a symbolic link's/],
    ["dangling", /a symbolic link's/],
    ["fifo", /a pipe's/],
    ["folder", /a folder's/],
  ] as const) {
    for (const force of [true, false]) {
      const attempt = () => fileAt(path).backUp(at(name), force, [at("secret"), at("unmade-secret")]);
      expect(attempt).toThrow(sentence);
    }
  }
  expect(readdirSync(folder)).toEqual(before);
  expect([readFileSync(at("secret"), "utf8"), readFileSync(at("precious"), "utf8")]).toEqual([
    "cfk_secret",
    "precious",
  ]);
  expect(lstatSync(at("link")).isSymbolicLink()).toBe(true);
  expect(await ledger.readUser(user.subject)).not.toBeNull();
});

it("a backup of a ledger of the first version is one of the first version", () => {
  const path = temporaryFile();
  const database = versionOne(path, clock.now());
  fillSessions(database, "usr_one", 3, clock.now());
  expect(fileAt(path).backUp(`${path}.copy`, false)).toMatchObject({ schemaVersion: 1, users: 1, sessions: 3 });
  database.close();
});

it("all that other processes were answered before a backup began is in it, while they go on writing", async () => {
  const path = temporaryFile();
  const ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const users = await Promise.all(Array.from({ length: 3 }, () => createUser(ledger)));
  await ledger[Symbol.asyncDispose]();
  const child = startChild("write", path, "load", ...users.map(({ subject }) => subject));
  for (let round = 0; round < 5; round++) {
    const acknowledged: Record<string, string>[] = [];
    for (let index = 0; index < 30; index++) acknowledged.push((await child.said()) as Record<string, string>);
    const to = `${path}.${round}`;
    expect(fileAt(path).backUp(to, false)).toMatchObject({ outcome: "written" });
    using copy = new DatabaseSync(to, { readOnly: true });
    const count = copy.prepare("SELECT count(*) AS n FROM events WHERE sid = ? AND type = ?");
    const lacking = acknowledged.filter(({ opened, rotated }) => {
      if (opened === undefined && rotated === undefined) return false;
      return count.get(opened ?? rotated!, opened === undefined ? "refresh_rotated" : "session_opened")?.["n"] !== 1;
    });
    expect(lacking).toEqual([]);
  }
  // It was kept waiting by none of this.
  expect(await child.said()).toBeTypeOf("object");
  child.kill();
});

it("a disk that is full, a folder that is not there or may not be written is said, and leaves no backup", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const user = await createUser(ledger);
  for (let index = 0; index < 400; index++) await open(ledger, user, { sessionLimit: 1e6 });
  const missing = join(dirname(path), "nowhere", "backup.db");
  expect(() => fileAt(path).backUp(missing, false)).toThrow(/folder of the backup is not there.*There is no backup/);
  const small = smallDisk();
  if (small === null) return;
  const to = join(small, "backup.db");
  expect(() => fileAt(path).backUp(to, false)).toThrow(/disk of the backup is full.*There is no backup/);
  expect(readdirSync(small)).toEqual([]);
});

it("R065 killed in the middle, there is no file that looks like a backup", async () => {
  const path = temporaryFile();
  const database = versionOne(path, clock.now());
  fillSessions(database, "usr_many", 100_000, clock.now());
  database.close();
  let unfinished = 0;
  const faults: string[] = [];
  for (let round = 0; round < 6; round++) {
    const to = `${path}.${round}`;
    const child = startChild("backup", path, to);
    await child.said();
    await new Promise((resolve) => setTimeout(resolve, 5 + round * 60));
    child.kill();
    await child.rest();
    if (existsSync(to)) faults.push(...fileAt(to).inspect(0).faults);
    else unfinished++;
  }
  expect(faults).toEqual([]);
  expect(unfinished).toBeGreaterThan(0);
  expect(readdirSync(dirname(path)).some((name) => name.includes(".partial-"))).toBe(true);
}, 180_000);

it("what a killed backup has left goes a day later at the next to the same name, and nobody else's does", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const day = 24 * 3600;
  const seconds = clock.now() / 1000;
  const left = { "b.partial-dead": day + 60, "b.partial-live": day - 60, "other.partial-dead": day + 60 };
  for (const [name, age] of Object.entries(left)) {
    const file = join(dirname(path), name);
    writeFileSync(file, "");
    utimesSync(file, seconds - age, seconds - age);
  }
  fileAt(path).backUp(join(dirname(path), "b"), false);
  const there = readdirSync(dirname(path)).filter((name) => name.includes("partial"));
  expect(there.toSorted()).toEqual(["b.partial-live", "other.partial-dead"]);
});

it("a damaged ledger gives no backup, and the sentence says what to do", async () => {
  const path = temporaryFile();
  const database = versionOne(path, clock.now());
  fillSessions(database, "usr_one", 2000, clock.now());
  database.close();
  execFileSync("dd", ["if=/dev/zero", `of=${path}`, "bs=4096", "seek=20", "count=40", "conv=notrunc", "status=none"]);
  expect(() => fileAt(path).backUp(`${path}.copy`, false)).toThrow(StoreError);
  expect(readdirSync(dirname(path)).filter((name) => name.includes("copy"))).toEqual([]);
});

it("a path without a ledger is said, and none is made", () => {
  const path = temporaryFile();
  expect(() => fileAt(path).backUp(`${path}.copy`, false)).toThrow(/no ledger to back up/);
  mkdirSync(dirname(path));
  writeFileSync(path, "");
  expect(() => fileAt(path).backUp(`${path}.copy`, false)).toThrow(/it is empty/);
  expect(readdirSync(dirname(path))).toEqual(["counterfoil.db"]);
});

function smallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-disk-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync("umount", [folder]));
  return folder;
}
