import { createHash, randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { hashLocator, newSid, newSubject, systemClock, systemRandom } from "@counterfoil/core";
import type { Ledger, LocatorHash } from "@counterfoil/core";
import { nodeCrypto } from "../packages/server/src/platform/node-crypto.ts";

export interface FilledLedger extends AsyncDisposable {
  readonly ledger: Ledger;
  /** Of some of its live sessions, of each transport. */
  readonly sample: readonly { readonly locatorHash: LocatorHash; readonly transport: "cookie" | "bearer" }[];
}

export interface Filling {
  readonly path: string;
  readonly sessions: number;
  /** Of so many sessions the locator is kept, to find them by. */
  readonly sample: number;
  /** How long ago they ended; they live where it is left out. */
  readonly endedSecondsAgo?: number;
  readonly eventsOfEach: number;
}

/**
 * A ledger on a file with so many sessions, each of a user of its own, written by SQL: to open a million by the
 * transition takes a quarter of an hour.
 */
export async function fillLedger({
  path,
  sessions,
  sample,
  endedSecondsAgo,
  eventsOfEach,
}: Filling): Promise<FilledLedger> {
  const ledger = sqliteLedger({ path, clock: systemClock });
  await ledger.open();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN");
  const user = database.prepare(
    "INSERT INTO users (subject, username, canonical_username, roles, claims_version, disabled, created_at) VALUES (?, ?, ?, '[\"user\"]', 1, 0, ?)",
  );
  const session = database.prepare(
    `INSERT INTO sessions (sid, locator_hash, subject, username, transport, remember, client_id, amr, auth_time, created_at,
      last_active_at, inactivity_seconds, expires_at, user_agent, counter, issued_at, seen, data, data_version, ended_at,
      end_reason, due_at)
     VALUES (?, ?, ?, ?, ?, 0, 'first-party', '["pwd"]', ?, ?, ?, 1209600, ?, ?, 0, ?, 0, '{}', 0, ?, ?, ?)`,
  );
  const event = database.prepare(
    `INSERT INTO events (at, type, details, subject, sid, request_id, remote_address, user_agent)
     VALUES (?, 'refresh_rotated', '{"counter":1,"background":false}', ?, ?, ?, '192.0.2.1', ?)`,
  );
  const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const kept: { locatorHash: LocatorHash; transport: "cookie" | "bearer" }[] = [];
  const now = systemClock.now();
  const endedAt = endedSecondsAgo === undefined ? null : now - endedSecondsAgo * 1000;
  const step = Math.max(1, Math.floor(sessions / sample));
  for (let index = 0; index < sessions; index++) {
    const subject = newSubject(systemRandom);
    const sid = newSid(systemRandom);
    const transport = (index / step) % 2 < 1 ? "cookie" : "bearer";
    const locatorHash =
      index % step === 0
        ? hashLocator(nodeCrypto, systemRandom.bytes(16))
        : createHash("sha256").update(randomBytes(16)).digest("base64url");
    if (index % step === 0) kept.push({ locatorHash: locatorHash as LocatorHash, transport });
    const at = now - 60_000;
    const end = now + 2_592_000_000;
    user.run(subject, `user-${index}`, `user-${index}`, at);
    session.run(
      sid,
      locatorHash,
      subject,
      `user-${index}`,
      transport,
      at,
      at,
      at,
      end,
      agent,
      at,
      endedAt,
      endedAt === null ? null : "logout",
      end,
    );
    for (let count = 0; count < eventsOfEach; count++)
      event.run(endedAt ?? at, subject, sid, `req_${index}_${count}`, agent);
  }
  database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize");
  database.close();
  return { ledger, sample: kept, [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose]() };
}
