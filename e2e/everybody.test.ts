import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { hashLocator, sealHandle } from "@counterfoil/core";
import type { Sid, Subject } from "@counterfoil/core";
import { expect, test } from "vitest";
import type { Services } from "../packages/server/src/services.ts";
import { HeldClock } from "./support/clock.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import { run } from "./support/process.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

const SESSIONS = 100_000;
/** Of those, the ones whose cookies are looked at, spread over all. */
const PROBES = 200;

const locatorOf = (index: number) => new Uint8Array(new BigUint64Array([BigInt(index), 1n]).buffer);

/** Writes so many live sessions of as many users straight into the ledger's file. */
function fill(path: string, { crypto }: Services, now: number): void {
  const database = new DatabaseSync(path);
  database.exec("BEGIN IMMEDIATE");
  const user = database.prepare("INSERT INTO users VALUES (?, NULL, NULL, NULL, '[]', 1, 0, ?, NULL)");
  const session =
    database.prepare(`INSERT INTO sessions (sid, locator_hash, subject, transport, remember, client_id, amr,
    auth_time, created_at, last_active_at, inactivity_seconds, expires_at, counter, issued_at, seen, data, data_version, due_at)
    VALUES (?, ?, ?, 'cookie', 0, 'first-party', '["pwd"]', ?, ?, ?, 43200, ?, 0, ?, 0, '{}', 0, ?)`);
  const end = now + 86_400_000;
  for (let index = 0; index < SESSIONS; index++) {
    const subject = `usr_${index}` as Subject;
    const sid = `ses_${String(index).padStart(22, "0")}` as Sid;
    user.run(subject, now);
    session.run(sid, hashLocator(crypto, locatorOf(index)), subject, now, now, now, end, now, end);
  }
  database.exec("COMMIT");
  database.close();
}

test("R025 100,000 live sessions: signed out by one command, all are refused within a second of its answer, and the log has it", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startLocal({ data: directory.path, clock: new HeldClock(Date.now()) });
  const { services, clock } = server;
  fill(join(directory.path, "counterfoil.db"), services, clock.now());
  const { crypto, keyring } = services;
  const cookies = Array.from({ length: PROBES }, (_, probe) => {
    const index = probe * (SESSIONS / PROBES);
    return sealHandle(crypto, keyring, "session", locatorOf(index), 0);
  });
  const statuses = async () => {
    const answers = await Promise.all(cookies.map((cookie) => call(server, "GET", "/me", { cookie })));
    return new Set(answers.map(({ status }) => status));
  };
  const kavya = await signIn(server, KAVYA);
  // In memory, all of them, as a busy server has them.
  expect(await statuses()).toEqual(new Set([200]));

  const command = await run(["sessions", "revoke", "--everybody", "--yes", "--json", "--data", directory.path]);
  const answeredAt = performance.now();
  expect([command.stderr, command.code]).toEqual(["", 0]);
  // The server's, and the one that it may have made since.
  const keys = expect.toSatisfy((count) => count === 1 || count === 2, "1 or 2") as number;
  expect(JSON.parse(command.stdout)).toEqual({ ended: SESSIONS + 1, keys_revoked: keys });
  let refusedAt: number | null = null;
  while (refusedAt === null && performance.now() - answeredAt < 5000) {
    const asked = performance.now();
    if (![...(await statuses())].includes(200)) refusedAt = asked;
  }
  expect(refusedAt).not.toBeNull();
  expect(refusedAt! - answeredAt).toBeLessThan(1000);
  expect((await call(server, "GET", "/me", { token: kavya.access })).body["code"]).toBe("invalid_token");

  const again = await signIn(server, KAVYA);
  const { body } = await call(server, "GET", "/admin/events?type=every_session_ended", { token: again.access });
  expect(body["events"]).toMatchObject([{ details: { ended: SESSIONS + 1 }, actor: "command line" }]);
}, 120_000);
