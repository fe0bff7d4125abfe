/** Frozen: files with this schema exist. What changes later is added by a later migration. */
export const sqlite001 = `
CREATE TABLE ledger (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  timeline   TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
  subject            TEXT PRIMARY KEY,
  username           TEXT,
  canonical_username TEXT UNIQUE,
  password_hash      TEXT,
  roles              TEXT NOT NULL,
  claims_version     INTEGER NOT NULL,
  disabled           INTEGER NOT NULL,
  created_at         INTEGER NOT NULL,
  deleted_at         INTEGER
) STRICT;

CREATE TABLE sessions (
  sid                TEXT PRIMARY KEY,
  locator_hash       TEXT NOT NULL UNIQUE,
  subject            TEXT NOT NULL REFERENCES users (subject),
  username           TEXT,
  transport          TEXT NOT NULL,
  remember           INTEGER NOT NULL,
  client_id          TEXT NOT NULL,
  audience           TEXT,
  amr                TEXT NOT NULL,
  auth_time          INTEGER NOT NULL,
  created_at         INTEGER NOT NULL,
  last_active_at     INTEGER NOT NULL,
  inactivity_seconds INTEGER NOT NULL,
  expires_at         INTEGER NOT NULL,
  user_agent         TEXT,
  counter            INTEGER NOT NULL,
  issued_at          INTEGER NOT NULL,
  seen               INTEGER NOT NULL,
  rotation_key       TEXT,
  data               TEXT NOT NULL,
  data_version       INTEGER NOT NULL,
  ended_at           INTEGER,
  end_reason         TEXT,
  due_at             INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of_user ON sessions (subject) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_by_due ON sessions (due_at) WHERE ended_at IS NULL;

CREATE TABLE revocations (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  entry      TEXT NOT NULL,
  expires_at INTEGER
) STRICT;
CREATE INDEX revocations_by_expiry ON revocations (expires_at);

CREATE TABLE events (
  id             INTEGER PRIMARY KEY,
  at             INTEGER NOT NULL,
  type           TEXT NOT NULL,
  details        TEXT NOT NULL,
  subject        TEXT,
  sid            TEXT,
  request_id     TEXT,
  remote_address TEXT,
  user_agent     TEXT
) STRICT;
CREATE INDEX events_by_time ON events (at);
CREATE INDEX events_by_subject ON events (subject) WHERE subject IS NOT NULL;
CREATE INDEX events_by_sid ON events (sid) WHERE sid IS NOT NULL;
CREATE INDEX events_by_request ON events (request_id) WHERE request_id IS NOT NULL;

CREATE TABLE attempts (
  key     TEXT PRIMARY KEY,
  full_at INTEGER NOT NULL,
  taken   INTEGER NOT NULL
) STRICT;
CREATE INDEX attempts_by_time ON attempts (full_at);

CREATE TABLE signing_keys (
  id             INTEGER PRIMARY KEY,
  kid            TEXT NOT NULL UNIQUE,
  algorithm      TEXT NOT NULL,
  public_jwk     TEXT,
  sealed_key     BLOB NOT NULL,
  secret_version INTEGER NOT NULL,
  state          TEXT NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX signing_keys_one_signs ON signing_keys (algorithm) WHERE state = 'signing';

CREATE TABLE secrets (
  version     INTEGER PRIMARY KEY CHECK (version BETWEEN 1 AND 255),
  fingerprint TEXT NOT NULL UNIQUE,
  adopted_at  INTEGER NOT NULL,
  sealed_at   INTEGER
) STRICT;
`;
