import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError, systemClock } from "@counterfoil/core";
import type { Ledger } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { expect, it, onTestFinished, vi } from "vitest";
import { temporaryFile } from "./file.ts";
import { createUser, open, redeem, resolve, signIn } from "./make.ts";
import { startChild } from "./process.ts";

const ledgerOn = (path: string) => sqliteLedger({ path, clock: systemClock });

/** What an operation is refused with: a sentence that says what to do and holds no data. */
async function refusal(operation: Promise<unknown>): Promise<string> {
  const error = await operation.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  expect((error as StoreError).code).toBe("unavailable");
  expect((error as StoreError).message).not.toMatch(/ses_|usr_|counterfoil-|\.db|select|insert/i);
  return (error as StoreError).message;
}

/** Counts the turns of the event loop, to see that it turns. */
function countTurns(): () => number {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 10);
  onTestFinished(() => clearInterval(timer));
  return () => turns;
}

it("R154 a file that another process keeps locked is a StoreError after two seconds; reads and timers go on", async () => {
  const path = temporaryFile();
  await using ledger = ledgerOn(path);
  await ledger.open();
  const { sid } = await signIn(ledger, { transport: "cookie" });
  const lock = startChild("lock", path);
  await lock.said();
  const turns = countTurns();
  const writes = [ledger.touchSession(sid), createUser(ledger), ledger.returnAttempts([])];
  const refused = Promise.all(writes.map(refusal));
  expect(await resolve(ledger, sid)).toMatchObject({ outcome: "live" });
  expect(await refused).toEqual(Array.from({ length: 3 }, () => expect.stringContaining("another process")));
  expect(turns()).toBeGreaterThan(50);
  lock.start();
  await lock.rest();
  expect(await ledger.touchSession(sid)).toEqual({ outcome: "recent" });
});

it("a lock that goes in time is waited for", async () => {
  const path = temporaryFile();
  await using ledger = ledgerOn(path);
  await ledger.open();
  const lock = startChild("lock", path);
  await lock.said();
  const creating = createUser(ledger);
  setTimeout(() => lock.start(), 300);
  expect(await creating).toMatchObject({ claimsVersion: 1 });
});

it.each([["a text", "this is no database, whatever its name says. ".repeat(200)]])(
  "a file that is no database (%s) is refused, and left as it was",
  async (_, content) => {
    const path = temporaryFile();
    mkdirSync(dirname(path));
    writeFileSync(path, content);
    expect(await refusal(ledgerOn(path).open())).toContain("no SQLite database");
    expect(readFileSync(path, "utf8")).toBe(content);
  },
);

it("another application's database is refused, and left as it was", async () => {
  const path = temporaryFile();
  mkdirSync(dirname(path));
  const foreign = new DatabaseSync(path);
  foreign.exec("CREATE TABLE theirs (a)");
  foreign.close();
  expect(await refusal(ledgerOn(path).open())).toContain("another application's");
  using after = new DatabaseSync(path);
  expect(after.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "theirs" }]);
});

it("a newer version's ledger is refused by name", async () => {
  const path = temporaryFile();
  const ledger = ledgerOn(path);
  await ledger.open();
  await ledger[Symbol.asyncDispose]();
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  expect(await refusal(ledgerOn(path).open())).toContain("newer version");
});

it("a damaged file is a StoreError that names the backup", async () => {
  const path = temporaryFile();
  const ledger = ledgerOn(path);
  await ledger.open();
  const user = await createUser(ledger);
  for (let index = 0; index < 40; index++) await open(ledger, user);
  await ledger[Symbol.asyncDispose]();
  const { length } = readFileSync(path);
  const file = openSync(path, "r+");
  onTestFinished(() => closeSync(file));
  // All but the first page: the file still opens.
  writeSync(file, Buffer.alloc(length - 4096, 0xa5), 0, length - 4096, 4096);
  await using damaged = ledgerOn(path);
  const messages = [
    await refusal(damaged.open().then(() => damaged.listSessions(user.subject))),
    await refusal(damaged.open().then(() => open(damaged, user))),
  ];
  for (const message of messages) expect(message).toContain("damaged");
});

it("a folder instead of a file is a StoreError", async () => {
  const path = temporaryFile();
  mkdirSync(path, { recursive: true });
  expect(await refusal(ledgerOn(path).open())).toContain("cannot be opened");
});

it("a folder that cannot be is a StoreError", async () => {
  const path = temporaryFile();
  mkdirSync(dirname(path));
  writeFileSync(path, "");
  expect(await refusal(ledgerOn(join(path, "below", "a.db")).open())).toContain("cannot be opened");
});

it("a file that the server's user may not write is a StoreError that says so", async () => {
  const path = temporaryFile();
  const ledger = ledgerOn(path);
  await ledger.open();
  await ledger[Symbol.asyncDispose]();
  chmodSync(dirname(dirname(path)), 0o755);
  chmodSync(dirname(path), 0o755);
  chmodSync(path, 0o444);
  const child = startChild("stranger", path);
  expect(await child.said()).toMatchObject({
    name: "StoreError",
    message: expect.stringMatching(/read-only|may not be used/) as string,
  });
});

it("a full disk is a StoreError, nothing of the write is left, and all goes on once there is room", async () => {
  const path = temporaryFile();
  const exec = vi.spyOn(DatabaseSync.prototype, "exec");
  onTestFinished(() => exec.mockRestore());
  await using ledger = ledgerOn(path);
  await ledger.open();
  // The connection of the transactions: a limit of pages is a full disk to it.
  const writer = exec.mock.contexts[0] as DatabaseSync;
  const { sid, user } = await signIn(ledger);
  writer.exec("PRAGMA max_page_count = 1");
  expect(await fill(ledger, user)).toContain("full");
  const { length } = await ledger.listSessions(user.subject);
  const { length: told } = await ledger.readEvents({ subject: user.subject, limit: 1e6 });
  expect(told).toBe(1 + length);
  writer.exec("PRAGMA max_page_count = 1000000");
  expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "rotated" });
});

it("a commit that fails on a full disk is rolled back, and the connection goes on once there is room", async (test) => {
  const folder = smallDisk();
  if (folder === null) return test.skip("a small disk is a mount, which this user may not make");
  const ledger = ledgerOn(join(folder, "counterfoil.db"));
  onTestFinished(() => ledger[Symbol.asyncDispose]());
  await ledger.open();
  const { sid, user } = await signIn(ledger);
  writeFileSync(join(folder, "room"), Buffer.alloc(200 * 1024));
  expect(await fill(ledger, user)).toContain("full");
  const { length } = await ledger.listSessions(user.subject);
  const { length: told } = await ledger.readEvents({ subject: user.subject, limit: 1e6 });
  expect(told).toBe(1 + length);
  execFileSync("mount", ["-o", "remount,size=8m", folder]);
  expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "rotated" });
  return expect(await open(ledger, user)).toMatchObject({ counter: 0 });
});

it("after it is closed each operation is a StoreError; what was asked for before is done", async () => {
  const path = temporaryFile();
  const ledger = ledgerOn(path);
  expect(await refusal(ledger.listSigningKeys())).toContain("open it before");
  await ledger.open();
  const user = await createUser(ledger);
  const asked = Array.from({ length: 20 }, () => open(ledger, user));
  const closed = ledger[Symbol.asyncDispose]();
  expect(await Promise.all(asked)).toHaveLength(20);
  await closed;
  expect(await refusal(open(ledger, user))).toContain("closed");
  expect(await refusal(ledger.listSessions(user.subject))).toContain("closed");
  expect(ledger.mayHaveChanged()).toBe(true);
  await ledger[Symbol.asyncDispose]();
  await using again = ledgerOn(path);
  await again.open();
  expect(await again.listSessions(user.subject)).toHaveLength(20);
});

it.each(["", ":memory:"])("a path that is no file (%j) is a TypeError at once", (path) => {
  expect(() => ledgerOn(path)).toThrow(TypeError);
});

/** Signs in until there is no room left. */
async function fill(ledger: Ledger, user: Parameters<typeof open>[1]): Promise<string> {
  for (let index = 0; index < 3000; index++) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- until one fails
      await open(ledger, user, { sessionLimit: 1e6 });
    } catch (error) {
      return refusal(Promise.reject(error));
    }
  }
  throw new Error("there was always room");
}

/** A disk of a megabyte. What is registered first is undone last, so the ledger on it is closed by then. */
function smallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-disk-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync("umount", [folder]));
  return folder;
}

it("a file that is deleted or replaced under the running server is a StoreError, and what comes back is used again", async () => {
  const path = temporaryFile();
  await using ledger = ledgerOn(path);
  await ledger.open();
  await createUser(ledger);
  renameSync(path, `${path}.away`);
  expect(await refusal(createUser(ledger))).toMatch(/deleted or replaced/);
  expect(await refusal(ledger.readRevocations(null))).toMatch(/deleted or replaced/);
  expect(ledger.mayHaveChanged()).toBe(true);
  copyFileSync(`${path}.away`, path);
  expect(await refusal(createUser(ledger))).toMatch(/deleted or replaced/);
  renameSync(`${path}.away`, path);
  await createUser(ledger);
});
