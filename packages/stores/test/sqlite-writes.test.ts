import { DatabaseSync } from "node:sqlite";
import { StoreError, systemClock } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { expect, it, onTestFinished, vi } from "vitest";
import { temporaryFile } from "./file.ts";
import { createUser, eventTypes, open, opening, redeem } from "./make.ts";

const ledgerOn = (path: string) => sqliteLedger({ path, clock: systemClock });

it("transitions that wait share a commit, and each has its own answer", async () => {
  const exec = vi.spyOn(DatabaseSync.prototype, "exec");
  onTestFinished(() => exec.mockRestore());
  await using ledger = ledgerOn(temporaryFile());
  await ledger.open();
  const user = await createUser(ledger);
  const sessions = await Promise.all(Array.from({ length: 50 }, () => open(ledger, user)));
  exec.mockClear();
  const answers = await Promise.all(sessions.map(({ sid }) => redeem(ledger, sid, 0)));
  const commits = exec.mock.calls.filter(([sql]) => sql === "COMMIT").length;
  expect(commits).toBeLessThan(10);
  expect(answers.map((answer) => ("session" in answer ? answer.session.sid : null))).toEqual(
    sessions.map(({ sid }) => sid),
  );
});

it("one that fails among them fails alone, and leaves nothing", async () => {
  await using ledger = ledgerOn(temporaryFile());
  await ledger.open();
  const user = await createUser(ledger);
  const { subject } = user;
  const taken = await open(ledger, user);
  const bad = { ...opening(user), sid: taken.sid };
  const settled = await Promise.allSettled([
    ...Array.from({ length: 9 }, () => open(ledger, user)),
    ledger.openSession(bad),
    ledger.setRoles({ subject, roles: ["not a role"], context: null }),
    ...Array.from({ length: 9 }, () => open(ledger, user)),
  ]);
  const failed = settled.flatMap((each) => (each.status === "rejected" ? [each.reason as Error] : []));
  expect(failed.map((error) => error.constructor)).toEqual([StoreError, TypeError]);
  expect(await ledger.listSessions(subject)).toHaveLength(19);
  const told = await eventTypes(ledger, { subject });
  expect(told).toEqual(["user_created", ...Array.from({ length: 19 }, () => "session_opened")]);
});

it("nobody is answered before another connection can see what was done", async () => {
  const path = temporaryFile();
  await using ledger = ledgerOn(path);
  await ledger.open();
  const user = await createUser(ledger);
  using reader = new DatabaseSync(path, { readOnly: true });
  const look = reader.prepare("SELECT count(*) AS found FROM sessions WHERE sid = ?");
  const seen = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const { sid } = await open(ledger, user);
      return look.get(sid)?.["found"];
    }),
  );
  expect(seen).toEqual(Array.from({ length: 40 }, () => 1));
});

it("R154 a long queue of writes leaves the event loop turning", async () => {
  await using ledger = ledgerOn(temporaryFile());
  await ledger.open();
  let done = 0;
  const looks = new Set<number>();
  const watch = setInterval(() => looks.add(done), 1);
  onTestFinished(() => clearInterval(watch));
  await Promise.all(Array.from({ length: 1600 }, async () => createUser(ledger).then(() => (done += 1))));
  clearInterval(watch);
  expect(looks.size).toBeGreaterThan(20);
});
