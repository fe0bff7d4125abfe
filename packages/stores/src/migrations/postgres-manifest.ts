import type { DatabaseShape } from "../postgres/shape.ts";

/** Made by `npm run manifest` from the migrations. */
export const postgresManifest: DatabaseShape = {
  tables: {
    attempts: {
      definition: "",
      parts: {
        "column attempts.full_at": "bigint not null",
        "column attempts.key": "text collate C not null",
        "column attempts.taken": "integer not null",
        "constraint attempts_pkey": "PRIMARY KEY (key)",
        "index attempts_by_time": "CREATE INDEX attempts_by_time ON attempts USING btree (full_at)",
        "index attempts_pkey": "CREATE UNIQUE INDEX attempts_pkey ON attempts USING btree (key)",
        "storage of attempts": "autovacuum_vacuum_scale_factor=0.02 autovacuum_vacuum_threshold=500 fillfactor=80",
      },
    },
    events: {
      definition: "",
      parts: {
        "column events.actor": "text collate C",
        "column events.at": "bigint not null",
        "column events.details": "text collate C not null",
        "column events.id":
          "bigint not null default CASE WHEN (pg_current_xact_id() IS NOT NULL) THEN nextval('event_ids'::regclass) ELSE NULL::bigint END",
        "column events.remote_address": "text collate C",
        "column events.request_id": "text collate C",
        "column events.sid": "text collate C",
        "column events.subject": "text collate C",
        "column events.type": "text collate C not null",
        "column events.user_agent": "text collate C",
        "constraint events_pkey": "PRIMARY KEY (id)",
        "index events_by_request":
          "CREATE INDEX events_by_request ON events USING btree (request_id) WHERE (request_id IS NOT NULL)",
        "index events_by_sid": "CREATE INDEX events_by_sid ON events USING btree (sid, id) WHERE (sid IS NOT NULL)",
        "index events_by_subject":
          "CREATE INDEX events_by_subject ON events USING btree (subject, id) WHERE (subject IS NOT NULL)",
        "index events_by_time": "CREATE INDEX events_by_time ON events USING btree (at)",
        "index events_pkey": "CREATE UNIQUE INDEX events_pkey ON events USING btree (id)",
        "storage of events": "",
      },
    },
    ledger: {
      definition: "",
      parts: {
        "column ledger.created_at": "bigint not null",
        "column ledger.id": "integer not null",
        "column ledger.timeline": "text collate C not null",
        "constraint ledger_id_check": "CHECK ((id = 1))",
        "constraint ledger_pkey": "PRIMARY KEY (id)",
        "index ledger_pkey": "CREATE UNIQUE INDEX ledger_pkey ON ledger USING btree (id)",
        "storage of ledger": "",
      },
    },
    migrations: {
      definition: "",
      parts: {
        "column migrations.applied_at": "bigint not null",
        "column migrations.version": "integer not null",
        "column migrations.works_with": "integer not null",
        "constraint migrations_pkey": "PRIMARY KEY (version)",
        "index migrations_pkey": "CREATE UNIQUE INDEX migrations_pkey ON migrations USING btree (version)",
        "storage of migrations": "",
      },
    },
    password_codes: {
      definition: "",
      parts: {
        "column password_codes.code_hash": "text collate C not null",
        "column password_codes.expires_at": "bigint not null",
        "column password_codes.subject": "text collate C not null",
        "constraint password_codes_code_hash_key": "UNIQUE (code_hash)",
        "constraint password_codes_pkey": "PRIMARY KEY (subject)",
        "constraint password_codes_subject_fkey": "FOREIGN KEY (subject) REFERENCES users(subject)",
        "index password_codes_by_expiry":
          "CREATE INDEX password_codes_by_expiry ON password_codes USING btree (expires_at)",
        "index password_codes_code_hash_key":
          "CREATE UNIQUE INDEX password_codes_code_hash_key ON password_codes USING btree (code_hash)",
        "index password_codes_pkey": "CREATE UNIQUE INDEX password_codes_pkey ON password_codes USING btree (subject)",
        "storage of password_codes": "",
      },
    },
    revocations: {
      definition: "",
      parts: {
        "column revocations.entry": "text collate C not null",
        "column revocations.expires_at": "bigint",
        "column revocations.id": "bigint not null identity",
        "column revocations.xid": "xid8 not null default pg_current_xact_id()",
        "constraint revocations_pkey": "PRIMARY KEY (id)",
        "index revocations_by_expiry": "CREATE INDEX revocations_by_expiry ON revocations USING btree (expires_at)",
        "index revocations_by_xid": "CREATE INDEX revocations_by_xid ON revocations USING btree (xid)",
        "index revocations_pkey": "CREATE UNIQUE INDEX revocations_pkey ON revocations USING btree (id)",
        "storage of revocations": "autovacuum_vacuum_scale_factor=0.02 autovacuum_vacuum_threshold=500",
        "trigger revocations_hint":
          "CREATE TRIGGER revocations_hint AFTER INSERT ON revocations FOR EACH STATEMENT EXECUTE FUNCTION hint_revocations()",
      },
    },
    secrets: {
      definition: "",
      parts: {
        "column secrets.adopted_at": "bigint not null",
        "column secrets.discarded_at": "bigint",
        "column secrets.fingerprint": "text collate C not null",
        "column secrets.lacked_at": "bigint",
        "column secrets.sealed_at": "bigint",
        "column secrets.version": "integer not null",
        "constraint secrets_fingerprint_key": "UNIQUE (fingerprint)",
        "constraint secrets_pkey": "PRIMARY KEY (version)",
        "constraint secrets_version_check": "CHECK (((version >= 1) AND (version <= 255)))",
        "index secrets_fingerprint_key":
          "CREATE UNIQUE INDEX secrets_fingerprint_key ON secrets USING btree (fingerprint)",
        "index secrets_pkey": "CREATE UNIQUE INDEX secrets_pkey ON secrets USING btree (version)",
        "storage of secrets": "",
      },
    },
    sessions: {
      definition: "",
      parts: {
        "column sessions.amr": "text collate C not null",
        "column sessions.audience": "text collate C",
        "column sessions.auth_time": "bigint not null",
        "column sessions.client_id": "text collate C not null",
        "column sessions.counter": "bigint not null",
        "column sessions.created_at": "bigint not null",
        "column sessions.data": "text collate C not null",
        "column sessions.data_version": "integer not null",
        "column sessions.device_name": "text collate C",
        "column sessions.due_at": "bigint not null",
        "column sessions.end_reason": "text collate C",
        "column sessions.ended_at": "bigint",
        "column sessions.expires_at": "bigint not null",
        "column sessions.inactivity_seconds": "bigint not null",
        "column sessions.issued_at": "bigint not null",
        "column sessions.last_active_at": "bigint not null",
        "column sessions.locator_hash": "text collate C not null",
        "column sessions.remember": "integer not null",
        "column sessions.rotation_key": "text collate C",
        "column sessions.seen": "integer not null",
        "column sessions.sid": "text collate C not null",
        "column sessions.subject": "text collate C not null",
        "column sessions.transport": "text collate C not null",
        "column sessions.user_agent": "text collate C",
        "column sessions.username": "text collate C",
        "constraint sessions_locator_hash_key": "UNIQUE (locator_hash)",
        "constraint sessions_pkey": "PRIMARY KEY (sid)",
        "constraint sessions_subject_fkey": "FOREIGN KEY (subject) REFERENCES users(subject)",
        "index sessions_by_creation":
          "CREATE INDEX sessions_by_creation ON sessions USING btree (created_at, sid) WHERE (ended_at IS NULL)",
        "index sessions_by_due":
          "CREATE INDEX sessions_by_due ON sessions USING btree (due_at) WHERE (ended_at IS NULL)",
        "index sessions_by_end":
          "CREATE INDEX sessions_by_end ON sessions USING btree (ended_at) WHERE (ended_at IS NOT NULL)",
        "index sessions_locator_hash_key":
          "CREATE UNIQUE INDEX sessions_locator_hash_key ON sessions USING btree (locator_hash)",
        "index sessions_of_user":
          "CREATE INDEX sessions_of_user ON sessions USING btree (subject) WHERE (ended_at IS NULL)",
        "index sessions_pkey": "CREATE UNIQUE INDEX sessions_pkey ON sessions USING btree (sid)",
        "storage of sessions": "autovacuum_analyze_scale_factor=0.02 autovacuum_vacuum_scale_factor=0.02 fillfactor=80",
      },
    },
    signing_keys: {
      definition: "",
      parts: {
        "column signing_keys.algorithm": "text collate C not null",
        "column signing_keys.created_at": "bigint not null",
        "column signing_keys.id": "bigint not null identity",
        "column signing_keys.kid": "text collate C not null",
        "column signing_keys.public_jwk": "text collate C",
        "column signing_keys.retired_at": "bigint",
        "column signing_keys.sealed_key": "bytea not null",
        "column signing_keys.secret_version": "integer not null",
        "column signing_keys.signs_since": "bigint",
        "column signing_keys.state": "text collate C not null",
        "constraint signing_keys_kid_key": "UNIQUE (kid)",
        "constraint signing_keys_pkey": "PRIMARY KEY (id)",
        "index signing_keys_kid_key": "CREATE UNIQUE INDEX signing_keys_kid_key ON signing_keys USING btree (kid)",
        "index signing_keys_one_announced":
          "CREATE UNIQUE INDEX signing_keys_one_announced ON signing_keys USING btree (algorithm) WHERE (state = 'announced'::text)",
        "index signing_keys_one_signs":
          "CREATE UNIQUE INDEX signing_keys_one_signs ON signing_keys USING btree (algorithm) WHERE (state = 'signing'::text)",
        "index signing_keys_pkey": "CREATE UNIQUE INDEX signing_keys_pkey ON signing_keys USING btree (id)",
        "storage of signing_keys": "",
      },
    },
    users: {
      definition: "",
      parts: {
        "column users.canonical_username": "text collate C",
        "column users.claims_version": "integer not null",
        "column users.created_at": "bigint not null",
        "column users.deleted_at": "bigint",
        "column users.disabled": "integer not null",
        "column users.password_hash": "text collate C",
        "column users.roles": "text collate C not null",
        "column users.subject": "text collate C not null",
        "column users.username": "text collate C",
        "constraint users_canonical_username_key": "UNIQUE (canonical_username)",
        "constraint users_pkey": "PRIMARY KEY (subject)",
        "index users_by_creation":
          "CREATE INDEX users_by_creation ON users USING btree (created_at, subject) WHERE (deleted_at IS NULL)",
        "index users_canonical_username_key":
          "CREATE UNIQUE INDEX users_canonical_username_key ON users USING btree (canonical_username)",
        "index users_pkey": "CREATE UNIQUE INDEX users_pkey ON users USING btree (subject)",
        "storage of users": "fillfactor=90",
      },
    },
    verifiers: {
      definition: "",
      parts: {
        "column verifiers.created_at": "bigint not null",
        "column verifiers.credential_hash": "text collate C not null",
        "column verifiers.id": "text collate C not null",
        "column verifiers.name": "text collate C not null",
        "constraint verifiers_credential_hash_key": "UNIQUE (credential_hash)",
        "constraint verifiers_name_key": "UNIQUE (name)",
        "constraint verifiers_pkey": "PRIMARY KEY (id)",
        "index verifiers_credential_hash_key":
          "CREATE UNIQUE INDEX verifiers_credential_hash_key ON verifiers USING btree (credential_hash)",
        "index verifiers_name_key": "CREATE UNIQUE INDEX verifiers_name_key ON verifiers USING btree (name)",
        "index verifiers_pkey": "CREATE UNIQUE INDEX verifiers_pkey ON verifiers USING btree (id)",
        "storage of verifiers": "",
      },
    },
  },
  others: {
    "sequence event_ids": "bigint from 1 by 1",
    "function hint_revocations()":
      "trigger language plpgsql BEGIN PERFORM pg_notify('counterfoil_revocations', ''); RETURN NULL; END",
    "function ledger_now()": "bigint language sql SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
  },
};
