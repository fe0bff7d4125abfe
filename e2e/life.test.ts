import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { versionOne } from "../packages/stores/test/version-one.ts";
import type { Finding } from "../packages/server/src/doctor/finding.ts";
import type { Directory } from "./support/directory.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { fullDisk } from "./support/full-disk.ts";
import { call } from "./support/http.ts";
import { run } from "./support/process.ts";
import type { Ended } from "./support/process.ts";
import { startServer } from "./support/server.ts";
import { signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

const USER = { username: "user", password: "a long password" };
const INSIDES = /\n\s+at |node:internal|file:\/\/|\.ts:\d+/;

let directory: Directory;
let made = 0;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(() => directory[Symbol.asyncDispose]());

const newData = () => join(directory.path, `data-${made++}`);

/** What the doctor found wrong, by check; it must have changed nothing. */
async function ailments(data: string, env: Record<string, string> = {}): Promise<Record<string, string>> {
  const before = existsSync(data) ? readdirSync(data) : null;
  const { code, stdout, stderr } = await run(["doctor", "--json", "--data", data], env);
  expect(stderr).toBe("");
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  const wrong = findings.filter(({ level }) => level !== "ok");
  expect(code).toBe(wrong.some(({ level }) => level === "problem") ? 1 : 0);
  expect(existsSync(data) ? readdirSync(data) : null).toEqual(before);
  return Object.fromEntries(wrong.map(({ check, level }) => [check, level]));
}

test("backup, doctor, migrate --check and migrate beside a server under load disturb nobody, and every acknowledged logout is in the backup", async () => {
  const data = newData();
  await addUsers(data, [USER]);
  await using server = await startServer({ data });
  const { refresh } = await signIn(server, USER);
  const stopping = new AbortController();
  const loggedOut: string[] = [];
  const statuses = new Set<number>();
  const clients = Array.from({ length: 3 }, async () => {
    while (!stopping.signal.aborted) {
      const session = await signIn(server, USER);
      const { status } = await call(server, "POST", "/logout", { token: session.refresh });
      statuses.add(status);
      loggedOut.push(session.sid);
    }
  });
  const commands: Ended[] = [];
  const to = join(directory.path, "under-load.db");
  await expect.poll(() => loggedOut.length, { timeout: 30_000 }).toBeGreaterThan(3);
  const acknowledged = [...loggedOut];
  commands.push(await run(["backup", to, "--data", data]));
  commands.push(await run(["doctor", "--data", data]));
  commands.push(await run(["migrate", "--check", "--data", data]));
  commands.push(await run(["migrate", "--data", data]));
  stopping.abort();
  await Promise.all(clients);
  expect(commands.map(({ code, stderr }) => [code, stderr])).toEqual(Array.from({ length: 4 }, () => [0, ""]));
  expect(statuses).toEqual(new Set([204]));
  using copy = new DatabaseSync(to, { readOnly: true });
  const reason = copy.prepare("SELECT end_reason FROM sessions WHERE sid = ?");
  expect(acknowledged.filter((sid) => reason.get(sid)?.["end_reason"] !== "logout")).toEqual([]);
  expect(statSync(to).mode & 0o777).toBe(0o600);
  expect(commands[0]!.stdout).toMatch(
    /1 user, \d+ sessions?, .*verified\.\nThe secret is not in it\..*data-\d+\/secret/,
  );
  const secret = readFileSync(join(data, "secret"), "utf8").trim();
  expect(readFileSync(to).includes(secret)).toBe(false);
  expect(commands.map(({ stdout }) => stdout).join("")).not.toContain(secret);
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(200);
});

test("R064 a restore is refused while a server runs; after it, whoever was signed in then is signed in no more, and signs in again", async () => {
  const data = newData();
  const backup = join(directory.path, "restore.db");
  await addUsers(data, [USER]);
  const server = await startServer({ data, issuer: "http://localhost:4996" });
  const [revoked, live] = [await signIn(server, USER), await signIn(server, USER)];
  expect((await run(["backup", backup, "--data", data])).code).toBe(0);
  await call(server, "POST", "/logout", { token: revoked.refresh });
  const later = await signIn(server, USER);

  const unsure = await run(["restore", backup, "--data", data]);
  expect([unsure.code, unsure.stderr]).toEqual([2, expect.stringMatching(/say --yes\.\n$/)]);
  const running = await run(["restore", backup, "--data", data, "--yes"]);
  expect([running.code, running.stderr]).toEqual([1, expect.stringMatching(/has the ledger .* open: stop it first/)]);
  expect((await call(server, "GET", "/me", { token: later.access })).status).toBe(200);
  await server.stop();

  const restored = await run(["restore", backup, "--data", data, "--yes", "--json"]);
  expect([restored.code, restored.stderr]).toEqual([0, ""]);
  const told = JSON.parse(restored.stdout) as Record<string, unknown>;
  expect(told).toMatchObject({ users: 1, sessions: 2, sessions_ended: 2, keys_revoked: 1 });
  expect(existsSync(String(told["kept_as"]))).toBe(true);
  await using again = await startServer({ data, issuer: "http://localhost:4996" });
  const statuses = [];
  for (const { access, refresh } of [revoked, live, later]) {
    statuses.push((await call(again, "GET", "/me", { token: access })).status);
    statuses.push((await call(again, "POST", "/refresh", { token: refresh })).status);
  }
  expect(statuses).toEqual(Array.from({ length: 6 }, () => 401));
  await signIn(again, USER);
  const explained = await run(["explain", live.sid, "--data", data]);
  expect(explained.stdout).toContain("the ledger was restored from a backup");
});

test("a move to another machine keeps who is signed in, with --keep-sessions and the same secret", async () => {
  const [from, to] = [newData(), newData()];
  const backup = join(directory.path, "move.db");
  await addUsers(from, [USER]);
  const server = await startServer({ data: from, issuer: "http://localhost:4995" });
  const { refresh, access } = await signIn(server, USER);
  await server.stop();
  expect((await run(["backup", backup, "--data", from])).code).toBe(0);
  const moved = await run(["restore", backup, "--data", to, "--keep-sessions"]);
  expect([moved.code, moved.stdout]).toEqual([0, expect.stringMatching(/the same secret/)]);
  const env = { COUNTERFOIL_SECRET_FILE: join(from, "secret") };
  await using there = await startServer({ data: to, issuer: "http://localhost:4995", env });
  expect((await call(there, "GET", "/me", { token: access })).status).toBe(200);
  expect((await call(there, "POST", "/refresh", { token: refresh })).status).toBe(200);
});

test("what cannot be backed up or restored is a sentence and an exit code, in text and in JSON", async () => {
  const data = newData();
  await addUsers(data, [USER]);
  const text = join(directory.path, "text");
  writeFileSync(text, "no database");
  const ends = [
    await run(["backup", text, "--data", data]),
    await run(["backup", join(text, "below"), "--data", data]),
    await run(["backup", join(directory.path, "none.db"), "--data", newData()]),
    await run(["restore", text, "--data", data, "--yes"]),
    await run(["restore", join(directory.path, "nothing"), "--data", newData()]),
    await run(["migrate", "--data", newData()]),
    await run(["backup", text], { COUNTERFOIL_DATABASE_URL: "memory:" }),
  ];
  expect(ends.map(({ code, stdout }) => [code, stdout])).toEqual([1, 1, 2, 1, 1, 2, 2].map((code) => [code, ""]));
  for (const { stderr } of ends) {
    expect(stderr).toMatch(/^counterfoil: [^\n]+\.\n$/);
    expect(stderr).not.toMatch(INSIDES);
  }
  const json = await run(["restore", text, "--data", data, "--yes", "--json"]);
  expect(JSON.parse(json.stderr)).toEqual({ error: expect.any(String), code: "backup_foreign" });
  expect(existsSync(join(directory.path, "none.db"))).toBe(false);
});

test("a disk that fills up under a backup leaves none, and the sentence says so", async () => {
  const data = newData();
  await addUsers(
    data,
    Array.from({ length: 3 }, (_, index) => ({ username: `user-${index}`, password: null })),
  );
  using disk = fullDisk(directory.path);
  if (!statSync(disk.path).isDirectory() || statSync(disk.path).dev === statSync(directory.path).dev) return;
  disk.fill(0);
  const { code, stderr } = await run(["backup", join(disk.path, "backup.db"), "--data", data]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/disk of the backup is full.*There is no backup/)]);
  expect(readdirSync(disk.path)).toEqual(["filler"]);
});

test("migrate --check tells of an older schema by exit code 1, migrate brings it up, and a newer one is refused by every command", async () => {
  const data = newData();
  const path = join(data, "counterfoil.db");
  versionOne(path, Date.now()).close();
  const check = await run(["migrate", "--check", "--data", data]);
  expect([check.code, check.stdout]).toEqual([1, expect.stringMatching(/^Schema version 1, /)]);
  const json = await run(["migrate", "--check", "--json", "--data", data]);
  expect(JSON.parse(json.stdout)).toEqual({ from: 1, to: 2, up_to_date: false });
  for (const args of [["users", "list"], ["events"], ["explain", "ses_x"], ["secret", "status"]]) {
    const { code, stderr } = await run([...args, "--data", data]);
    // Whoever asks a question has not made a backup before.
    expect([args, code, stderr]).toEqual([args, 2, expect.stringMatching(/schema version 1, .*`counterfoil migrate`/)]);
  }
  expect(JSON.parse((await run(["migrate", "--check", "--json", "--data", data])).stdout)).toMatchObject({ from: 1 });
  expect(await run(["migrate", "--data", data])).toMatchObject({ code: 0, stdout: "Schema version 1 → 2.\n" });
  expect((await run(["migrate", "--data", data])).stdout).toMatch(/up to date/);
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 3");
  database.close();
  const port = "45999";
  for (const args of [
    ["serve", "--port", port],
    ["explain", "ses_x"],
    ["migrate"],
    ["migrate", "--check"],
    ["backup", `${path}.copy`],
  ]) {
    const { code, stdout, stderr } = await run([...args, "--data", data]);
    expect([args, code, stdout]).toEqual([args, 1, ""]);
    expect(stderr).toMatch(/^counterfoil: A newer version of Counterfoil wrote this ledger: [^\n]+\.\n$/);
  }
  expect(await ailments(data)).toMatchObject({ ledger: "problem" });
});

test("doctor changes nothing, and finds what is wrong in a real directory", async () => {
  const data = newData();
  expect(await ailments(data)).toMatchObject({ ledger: "warning", secret: "warning" });
  expect(existsSync(data)).toBe(false);
  await addUsers(data, [{ ...USER, roles: ["admin"] }]);
  const server = await startServer({ data });
  await signIn(server, USER);
  const usual = { settings: "warning", secret_apart: "warning" };
  expect(await ailments(data)).toEqual(usual);
  await server.kill();
  // Its write-ahead log is still there, and is read.
  expect(await ailments(data)).toEqual(usual);
  const path = join(data, "counterfoil.db");
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE theirs (a); DROP INDEX events_by_time");
  database.exec("UPDATE users SET roles = '[]'; UPDATE events SET at = at + 7200000");
  database.close();
  expect(await ailments(data)).toEqual({ ...usual, schema_drift: "problem", users: "warning", clock: "problem" });
  const text = await run(["doctor", "--data", data]);
  expect(text.stdout).toMatch(/^PROBLEM +schema_drift +.*table theirs is extra, index events_by_time is missing/m);
  const mended = new DatabaseSync(path);
  mended.exec("DROP TABLE theirs; CREATE INDEX events_by_time ON events (at)");
  mended.close();
  chmodSync(join(data, "secret"), 0o644);
  expect(await ailments(data)).toEqual({
    ...usual,
    users: "warning",
    clock: "problem",
    secret: "problem",
    file_modes: "problem",
  });
  chmodSync(join(data, "secret"), 0o600);
  writeFileSync(join(data, "secret"), "cfk_damaged");
  expect(await ailments(data, { COUNTERFOIL_PROT: "1" })).toMatchObject({
    secret: "problem",
    configuration: "problem",
  });
  writeFileSync(path, "no database");
  expect(await ailments(data)).toMatchObject({ ledger: "problem" });
});
