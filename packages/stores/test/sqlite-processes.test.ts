import { statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemClock } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { expect, it } from "vitest";
import { temporaryFile } from "./file.ts";
import { createUser, open, redeem, revocations } from "./make.ts";
import { startChild } from "./process.ts";

const clock = systemClock;

it("two processes that open one new file at once both succeed, on one history", async () => {
  for (let round = 0; round < 3; round++) {
    const path = temporaryFile();
    const children = [startChild("open", path), startChild("open", path), startChild("open", path)];
    await Promise.all(children.map((child) => child.said()));
    for (const child of children) child.start();
    const timelines = await Promise.all(children.map((child) => child.said()));
    expect(new Set(timelines).size).toBe(1);
    expect(timelines[0]).toMatch(/^[\w-]{22}$/);
  }
});

it("R062 R153 two processes that redeem one token 64 times at once get one successor", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const user = await createUser(ledger);
  const { sid } = await open(ledger, user);
  const children = [startChild("redeem", path, sid, "0", "32"), startChild("redeem", path, sid, "0", "32")];
  await Promise.all(children.map((child) => child.said()));
  for (const child of children) child.start();
  const answers = (await Promise.all(children.map((child) => child.said()))).flat() as [string, number][];
  expect(answers).toHaveLength(64);
  expect(new Set(answers.map(([, counter]) => counter))).toEqual(new Set([1]));
  expect(answers.filter(([outcome]) => outcome === "rotated")).toHaveLength(1);
  expect(await ledger.readSession(sid)).toMatchObject({ session: { counter: 1 }, endedAt: null });
});

it("R113 two processes count the attempts of several buckets exactly", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const children = [startChild("attempts", path, "shared", "a"), startChild("attempts", path, "z", "shared")];
  await Promise.all(children.map((child) => child.said()));
  for (const child of children) child.start();
  const [one, two] = (await Promise.all(children.map((child) => child.said()))) as [number, number];
  expect(one + two).toBe(25);
  expect(Math.max(one, two)).toBeLessThanOrEqual(20);
});

it("R064 a write of another process is noticed, and a spent token stays spent after a restart", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const user = await createUser(ledger);
  const { sid } = await open(ledger, user);
  await ledger.readRevocations(null);
  expect(ledger.mayHaveChanged()).toBe(false);
  const child = startChild("redeem", path, sid, "0", "1");
  await child.said();
  child.start();
  expect(await child.said()).toEqual([["rotated", 1]]);
  expect(ledger.mayHaveChanged()).toBe(true);
  await ledger[Symbol.asyncDispose]();
  const later = { now: () => clock.now() + 31_000, monotonic: () => clock.monotonic() };
  await using restarted = sqliteLedger({ path, clock: later });
  await restarted.open();
  expect(await redeem(restarted, sid, 0)).toMatchObject({ outcome: "reused" });
});

it("who follows the events while another process writes them misses none", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const child = startChild("events", path, "1000");
  await child.said();
  child.start();
  const seen: number[] = [];
  let after = 0;
  while (after < 1000) {
    const page = await ledger.pageEvents({ order: "oldest_first", after, limit: 100 });
    seen.push(...page.events.map(({ id }) => id));
    after = page.reached ?? after;
    await nextTurn();
  }
  expect(await child.said()).toBe(1000);
  expect(seen).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
});

it("R065 what was acknowledged survives kill -9 at any moment, and nothing is half done", async () => {
  const path = temporaryFile();
  const first = sqliteLedger({ path, clock });
  await first.open();
  const users = await Promise.all(Array.from({ length: 4 }, () => createUser(first)));
  const subjects = users.map((user) => user.subject);
  await first[Symbol.asyncDispose]();
  const acknowledged: Record<string, unknown>[] = [];
  for (let round = 0; round < 6; round++) {
    const child = startChild("write", path, String(round), ...subjects);
    acknowledged.push((await child.said()) as Record<string, unknown>);
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 120));
    child.kill();
    acknowledged.push(...((await child.rest()) as Record<string, unknown>[]));
  }
  expect(acknowledged.length).toBeGreaterThan(50);

  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  const entries = await revocations(ledger);
  for (const subject of subjects) {
    const user = (await ledger.readUser(subject))!.user;
    const events = await ledger.readEvents({ subject, limit: 1e6 });
    const count = (sid: unknown, type: string) => events.filter((e) => e.sid === sid && e.body.type === type).length;
    const told = (what: string) => acknowledged.flatMap((ack) => ack[what] ?? []).filter((sid) => isOf(subject, sid));
    expect(told("opened").filter((sid) => count(sid, "session_opened") !== 1)).toEqual([]);
    expect(told("rotated").filter((sid) => count(sid, "refresh_rotated") !== 1)).toEqual([]);
    const versions = acknowledged
      .filter((ack) => ack["subject"] === subject)
      .map((ack) => Number(ack["claimsVersion"]));
    expect(user.claimsVersion).toBeGreaterThanOrEqual(Math.max(1, ...versions));
    // Each transition is there with all that belongs to it, or not at all.
    const decisions = entries.filter((entry) => entry.type === "claims-changed" && entry.sub === subject);
    expect(decisions).toHaveLength(user.claimsVersion - 1);
    for (const sid of new Set(events.flatMap((event) => event.sid ?? []))) {
      const record = (await ledger.readSession(sid))!;
      expect(record.session.counter).toBe(count(sid, "refresh_rotated"));
      expect(count(sid, "session_ended")).toBe(record.endedAt === null ? 0 : 1);
    }
    expect((await ledger.listSessions(subject)).length).toBeLessThanOrEqual(3);
  }
  using database = new DatabaseSync(path, { readOnly: true });
  expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
});

it("R138 the file is its owner's alone, and so are its companions and its folder", async () => {
  const path = temporaryFile();
  await using ledger = sqliteLedger({ path, clock });
  await ledger.open();
  await createUser(ledger);
  expect([path, `${path}-wal`, `${path}-shm`].map(mode)).toEqual([0o600, 0o600, 0o600]);
  expect(mode(dirname(path))).toBe(0o700);
});

function isOf(subject: string, sid: unknown): boolean {
  return String(sid).startsWith(`ses_${subject}_`);
}

function mode(file: string): number {
  return statSync(file).mode & 0o777;
}
