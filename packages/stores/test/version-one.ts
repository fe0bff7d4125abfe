import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqlite001 } from "../src/migrations/sqlite-001.ts";

/** A ledger as the first version made it. */
export function versionOne(path: string, now: number): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path, { timeout: 2000 });
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(sqlite001);
  database.prepare("INSERT INTO ledger (id, timeline, created_at) VALUES (1, 'first', ?)").run(now);
  database.exec("PRAGMA application_id = 0x43464c31; PRAGMA user_version = 1");
  return database;
}

export const V1_USER = `INSERT INTO users (subject, username, canonical_username, password_hash, roles, claims_version,
  disabled, created_at, deleted_at) VALUES (?, ?, ?, 'hash', '["user"]', 1, 0, ?, NULL)`;

/** As the first version's server says it: it knows of no column that came later. */
export const V1_SESSION = `INSERT INTO sessions (sid, locator_hash, subject, username, transport, remember, client_id,
  audience, amr, auth_time, created_at, last_active_at, inactivity_seconds, expires_at, user_agent, counter, issued_at,
  seen, rotation_key, data, data_version, ended_at, end_reason, due_at)
  VALUES (:sid, :locator, :subject, 'as typed', 'bearer', 0, 'first-party', NULL, '["pwd"]', :now, :now, :now, 1209600,
  :now + 2592000000, NULL, 0, :now, 0, NULL, '{}', 0, NULL, NULL, :now + 1209600000)`;

export const V1_EVENT = `INSERT INTO events (at, type, details, subject, sid, request_id, remote_address, user_agent)
  VALUES (?, 'session_opened', '{"transport":"bearer","remember":false}', ?, ?, NULL, NULL, NULL)`;

export const V1_KEY = `INSERT INTO signing_keys (kid, algorithm, public_jwk, sealed_key, secret_version, state, created_at)
  VALUES (?, 'ES256', '{}', x'00', 1, 'signing', ?)`;

export const V1_SECRET = "INSERT INTO secrets (version, fingerprint, adopted_at, sealed_at) VALUES (?, ?, ?, NULL)";

/** A user with this many live sessions, made by SQL: their ids are `ses_<prefix><number>`. */
export function fillSessions(database: DatabaseSync, subject: string, count: number, now: number): void {
  database.exec("BEGIN");
  database.prepare(V1_USER).run(subject, subject, subject, now);
  database
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
       INSERT INTO sessions (sid, locator_hash, subject, username, transport, remember, client_id, audience, amr,
         auth_time, created_at, last_active_at, inactivity_seconds, expires_at, user_agent, counter, issued_at, seen,
         rotation_key, data, data_version, ended_at, end_reason, due_at)
       SELECT 'ses_' || i, 'locator of ses_' || i, :subject, 'as typed', 'bearer', 0, 'first-party', NULL, '["pwd"]',
         :now, :now + i, :now, 1209600, :now + 2592000000, NULL, 0, :now, 0, NULL, '{}', 0, NULL, NULL,
         :now + 1209600000 FROM n`,
    )
    .run({ count, subject, now });
  database.exec("COMMIT");
}
