/**
 * Frozen, like the first. Additive: a server of the version before goes on beside this one, and takes an announced key
 * for one that verifies.
 */
export const sqlite002 = `
CREATE TABLE password_codes (
  subject    TEXT PRIMARY KEY REFERENCES users (subject),
  code_hash  TEXT NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX password_codes_by_expiry ON password_codes (expires_at);

CREATE TABLE verifiers (
  id              TEXT PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE,
  credential_hash TEXT NOT NULL UNIQUE,
  created_at      INTEGER NOT NULL
) STRICT;

ALTER TABLE signing_keys ADD COLUMN signs_since INTEGER;
ALTER TABLE signing_keys ADD COLUMN retired_at INTEGER;
UPDATE signing_keys SET signs_since = created_at WHERE state = 'signing';
UPDATE signing_keys SET retired_at = unixepoch() * 1000 WHERE state = 'retired';
CREATE UNIQUE INDEX signing_keys_one_announced ON signing_keys (algorithm) WHERE state = 'announced';

ALTER TABLE secrets ADD COLUMN lacked_at INTEGER;
ALTER TABLE secrets ADD COLUMN discarded_at INTEGER;

ALTER TABLE events ADD COLUMN actor TEXT;

ALTER TABLE sessions ADD COLUMN device_name TEXT;
CREATE INDEX sessions_by_creation ON sessions (created_at, sid) WHERE ended_at IS NULL;
CREATE INDEX users_by_creation ON users (created_at, subject) WHERE deleted_at IS NULL;
`;
