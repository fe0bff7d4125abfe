import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { systemClock } from "@counterfoil/core";
import type { Sid } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { LedgerFile } from "@counterfoil/stores/sqlite-file";
import type { RestoreStep } from "@counterfoil/stores/sqlite-file";
import { expect, it } from "vitest";
import { temporaryFile } from "./file.ts";
import { createUser, eventTypes, open, redeem, revocations, signIn } from "./make.ts";
import { startChild } from "./process.ts";
import { fillSessions, V1_KEY, versionOne } from "./version-one.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
const clock = systemClock;
const fileAt = (path: string) => new LedgerFile({ path, clock });
const KEY = {
  kid: "key",
  algorithm: "ES256",
  publicJwk: "{}",
  sealedKey: new Uint8Array([1]),
  secretVersion: 1,
} as const;

const SERVICE = { id: "vrf_1" as never, name: "wiki" as never, credentialHash: "hash" as never, context: null };

/** A ledger with one live session, one service and a backup of it, and what has happened since. */
async function withBackup() {
  const path = temporaryFile();
  const backup = `${path}.backup`;
  const ledger = sqliteLedger({ path, clock });
  await ledger.open();
  await ledger.adoptSecrets({ fingerprints: ["print" as never], neededSeconds: 3600 });
  await ledger.addSigningKey(KEY);
  await ledger.addVerifier(SERVICE);
  const { sid, user } = await signIn(ledger);
  const { timeline } = await ledger.readRevocations(null);
  fileAt(path).backUp(backup, false);
  await ledger.revokeSession({ sid, subject: null, reason: "logout", context: null });
  const { sid: later } = await open(ledger, user);
  await ledger[Symbol.asyncDispose]();
  return { path, backup, sid, later, timeline };
}

it("R064 after a restore nothing that was good then is good: sessions, codes, services and signing keys end, and no secret is missed", async () => {
  const { path, backup, sid, later, timeline } = await withBackup();
  using filled = new DatabaseSync(backup);
  filled.exec("INSERT INTO password_codes SELECT subject, 'hash', 9e12 FROM users");
  const restored = await fileAt(path).restore(backup, { keepSessions: false });
  expect(restored).toMatchObject({
    outcome: "restored",
    users: 1,
    sessions: 1,
    sessionsEnded: 1,
    keysRevoked: 1,
    verifiersRemoved: 1,
  });
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "revoked", reason: "restored" });
  expect(await redeem(ledger, later, 0)).toEqual({ outcome: "unknown" });
  expect(await ledger.listSigningKeys()).toEqual([]);
  expect(await ledger.findVerifier(SERVICE.credentialHash)).toBeNull();
  expect(await revocations(ledger)).toEqual([{ type: "key-revoked", kid: "key" }]);
  expect((await ledger.readRevocations(null)).timeline).not.toBe(timeline);
  // Services remember what was decided after the backup, and refuse what is from before it.
  const record = await ledger.readSession(sid);
  expect(record!.session.claimsVersion).toBeGreaterThan(1000);
  expect(await eventTypes(ledger, { sid })).toEqual(["session_opened", "session_ended"]);
  expect(await eventTypes(ledger, {})).toEqual(expect.arrayContaining(["signing_key_revoked", "ledger_restored"]));
  const other = await ledger.adoptSecrets({ fingerprints: ["another" as never], neededSeconds: 3600 });
  expect(other.missing).toEqual([]);
  using database = new DatabaseSync(path);
  expect(database.prepare("SELECT count(*) AS n FROM password_codes").get()).toEqual({ n: 0 });
});

it("with keepSessions, as for a move, who was signed in stays so; the history is another one all the same", async () => {
  const { path, backup, sid, timeline } = await withBackup();
  const restored = await fileAt(path).restore(backup, { keepSessions: true });
  expect(restored).toMatchObject({ outcome: "restored", sessionsEnded: 0, keysRevoked: 0, verifiersRemoved: 0 });
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  expect(await redeem(ledger, sid, 0)).toMatchObject({ outcome: "rotated", session: { claimsVersion: 1 } });
  expect(await ledger.listSigningKeys()).toHaveLength(1);
  expect(await ledger.findVerifier(SERVICE.credentialHash)).not.toBeNull();
  expect((await ledger.readRevocations(null)).timeline).not.toBe(timeline);
});

it("R138 the ledger that was there is kept whole under another name, and both are their owner's alone", async () => {
  const { path, backup, later } = await withBackup();
  const restored = await fileAt(path).restore(backup, { keepSessions: false });
  const keptAs = restored.outcome === "restored" ? restored.keptAs! : "";
  expect(basename(keptAs)).toMatch(/^counterfoil\.db\.before-restore-\d{4}-\d\d-\d\dT[\d-]+Z$/);
  expect([path, keptAs].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  expect(readdirSync(dirname(path)).toSorted()).toEqual(
    ["counterfoil.db", "counterfoil.db.backup", basename(keptAs)].toSorted(),
  );
  await using kept = sqliteLedger({ path: keptAs, clock });
  await kept.open();
  expect(await kept.readSession(later)).toMatchObject({ endedAt: null });
});

it("a ledger that any process has open is not replaced, and a server cannot start on it meanwhile", async () => {
  const { path, backup, later } = await withBackup();
  const ledger = sqliteLedger({ path, clock });
  await ledger.open();
  expect(await fileAt(path).restore(backup, { keepSessions: false })).toEqual({ outcome: "in_use" });
  expect(await ledger.readSession(later)).toMatchObject({ endedAt: null });
  await ledger[Symbol.asyncDispose]();
  const told: string[] = [];
  const onStep = (step: RestoreStep) => {
    if (step !== "copy") told.push(tryOpen(path));
  };
  expect(await fileAt(path).restore(backup, { keepSessions: false, onStep })).toMatchObject({ outcome: "restored" });
  // Before "done" the old one was locked. Then the new one is there, and the lock is nobody's matter any more.
  expect(told).toEqual([...Array.from({ length: 3 }, () => expect.stringContaining("is busy")), "opened"]);
});

/** Another process that opens the ledger while this one stands still. */
function tryOpen(path: string): string {
  const { stdout } = spawnSync(process.execPath, ["--conditions=@counterfoil/source", CHILD, "tryOpen", path], {
    encoding: "utf8",
  });
  return JSON.parse(stdout) as string;
}

it.each(["copy", "renew", "keep", "swap", "done"] as const)(
  "R065 killed before %s, there is the old ledger or the new one, whole, and running it again finishes",
  async (step) => {
    const { path, backup, sid, later } = await withBackup();
    const child = startChild("restore", path, backup, step);
    await child.said();
    expect(await child.rest()).toEqual([]);
    expect(fileAt(path).inspect(0).faults).toEqual([]);
    const ledger = sqliteLedger({ path, clock });
    await ledger.open();
    const isOld = (await ledger.readSession(later)) !== null;
    expect(isOld).toBe(step !== "done");
    expect((await ledger.readSession(sid))?.endReason).toBe(isOld ? "logout" : "restored");
    await ledger[Symbol.asyncDispose]();
    expect(await fileAt(path).restore(backup, { keepSessions: false })).toMatchObject({ outcome: "restored" });
    const left = readdirSync(dirname(path)).filter((name) => name.includes("restor"));
    // One kept for each swap, and none of them a second name of the ledger.
    expect(left).toHaveLength(isOld ? 1 : 2);
    expect(left.every((name) => name.includes(".before-restore-"))).toBe(true);
  },
);

it("R065 killed at random moments of restoring many sessions, some ledger is always whole", async () => {
  const path = temporaryFile();
  const backup = `${path}.backup`;
  const database = versionOne(path, clock.now());
  fillSessions(database, "usr_many", 10_000, clock.now());
  database.close();
  fileAt(path).backUp(backup, false);
  for (let round = 0; round < 6; round++) {
    const child = startChild("restore", path, backup);
    await child.said();
    await new Promise((resolve) => setTimeout(resolve, 10 + round * 80));
    child.kill();
    await child.rest();
    using after = new DatabaseSync(path);
    expect(after.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    const { n } = after.prepare("SELECT count(*) AS n FROM sessions WHERE ended_at IS NULL").get() as { n: number };
    expect([0, 10_000]).toContain(n);
  }
  expect(await fileAt(path).restore(backup, { keepSessions: false })).toMatchObject({ sessionsEnded: 10_000 });
}, 180_000);

it("an older backup is brought up to date", async () => {
  const path = temporaryFile();
  const backup = temporaryFile();
  const database = versionOne(backup, clock.now());
  fillSessions(database, "usr_one", 3, clock.now());
  database.prepare(V1_KEY).run("old key", clock.now());
  database.close();
  const restored = await fileAt(path).restore(backup, { keepSessions: true });
  expect(restored).toMatchObject({ outcome: "restored", keptAs: null, schemaVersion: 1, sessions: 3 });
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  expect(await redeem(ledger, "ses_2" as Sid, 0)).toMatchObject({ outcome: "rotated" });
  using untouched = new DatabaseSync(backup);
  expect(untouched.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
});

it("what is no backup of ours is refused by name, and the ledger stays as it was", async () => {
  const { path, backup } = await withBackup();
  const before = readFileSync(path);
  const newer = `${path}.newer`;
  writeFileSync(newer, readFileSync(backup), { mode: 0o600 });
  const ahead = new DatabaseSync(newer);
  ahead.exec("PRAGMA user_version = 99");
  ahead.close();
  const damaged = `${path}.damaged`;
  const bytes = readFileSync(backup);
  bytes.fill(0xaa, 4096 * 3, 4096 * 8);
  writeFileSync(damaged, bytes);
  const text = `${path}.text`;
  writeFileSync(text, "no database ".repeat(1000));
  const foreign = `${path}.foreign`;
  const theirs = new DatabaseSync(foreign);
  theirs.exec("CREATE TABLE users (a)");
  theirs.close();
  const cut = `${path}.cut`;
  writeFileSync(cut, readFileSync(backup).subarray(0, 20_000));
  const refusals = [];
  for (const file of [newer, damaged, text, foreign, cut, `${path}.nothing`, path]) {
    refusals.push(await fileAt(path).restore(file, { keepSessions: false }));
  }
  const reasons = ["newer", "damaged", "foreign", "foreign", "damaged", "missing", "itself"];
  expect(refusals).toEqual(reasons.map((reason) => ({ outcome: "refused", reason })));
  expect(readFileSync(path).equals(before)).toBe(true);
  const here = temporaryFile();
  await fileAt(here).restore(backup, { keepSessions: true });
  renameSync(foreign, here);
  await expect(fileAt(here).restore(backup, { keepSessions: true })).rejects.toThrow(/another application/);
});

it("what a ledger that is gone has left beside it is not played into the restored one", async () => {
  const { path, backup } = await withBackup();
  const ledger = sqliteLedger({ path, clock });
  await ledger.open();
  await createUser(ledger);
  const wal = readFileSync(`${path}-wal`);
  await ledger[Symbol.asyncDispose]();
  rmSync(path);
  writeFileSync(`${path}-wal`, wal);
  expect(await fileAt(path).restore(backup, { keepSessions: true })).toMatchObject({ outcome: "restored", users: 1 });
  expect(fileAt(path).inspect(0)).toMatchObject({ faults: [], state: { users: 1 } });
});

const DAMAGE: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ["some of its pages", (bytes) => bytes.fill(0xaa, 4096 * 3, 4096 * 8)],
  ["page 1 behind the header", (bytes) => bytes.fill(0xaa, 100, 4096)],
  ["all but three pages, which are gone", (bytes) => bytes.subarray(0, 4096 * 3)],
  ["the header too", (bytes) => bytes.fill(0xaa)],
];

it.each(DAMAGE)("R064 a ledger that is damaged is replaced, and kept as it was: %s", async (_what, damage) => {
  const { path, backup } = await withBackup();
  const damaged = damage(readFileSync(path));
  writeFileSync(path, damaged);
  writeFileSync(`${path}-shm`, "left");
  const restored = await fileAt(path).restore(backup, { keepSessions: false });
  expect(restored).toMatchObject({ outcome: "restored", keptAs: expect.stringContaining(".before-restore-") });
  const keptAs = restored.outcome === "restored" ? restored.keptAs! : "";
  // Leaving the WAL mode changes the header, where there is one.
  expect(readFileSync(keptAs).subarray(100).equals(damaged.subarray(100))).toBe(true);
  expect(fileAt(path).inspect(0).faults).toEqual([]);
  expect(readdirSync(dirname(path)).filter((name) => /restoring|db-/.test(name))).toEqual([]);
});

it.each(DAMAGE)("a ledger that was damaged under a server that runs is not replaced: %s", async (_what, damage) => {
  const { path, backup } = await withBackup();
  const child = startChild("holdOpen", path);
  await child.said();
  const damaged = damage(readFileSync(path));
  writeFileSync(path, damaged);
  expect(await fileAt(path).restore(backup, { keepSessions: false })).toEqual({ outcome: "in_use" });
  expect(readdirSync(dirname(path)).filter((name) => name.includes("restor"))).toEqual([]);
  child.kill();
  await child.rest();
  expect(await fileAt(path).restore(backup, { keepSessions: false })).toMatchObject({ outcome: "restored" });
  expect(fileAt(path).inspect(0).faults).toEqual([]);
});

it("a ledger that a server makes while there is none, during the copy, is not touched", async () => {
  const { path, backup } = await withBackup();
  rmSync(path);
  const told: string[] = [];
  const onStep = (step: RestoreStep) => {
    if (step === "renew") told.push(tryOpen(path));
    if (step === "keep") writeFileSync(`${path}-wal`, "in use");
  };
  await expect(fileAt(path).restore(backup, { keepSessions: false, onStep })).rejects.toThrow(/made a new ledger/);
  expect(told).toEqual(["opened"]);
  expect(readFileSync(`${path}-wal`, "utf8")).toBe("in use");
});
