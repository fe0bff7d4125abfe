import type { SchemaShape } from "../sqlite/shape.ts";

/** Made by `npm run manifest` from the migrations. */
export const sqliteManifest: SchemaShape = {
  tables: {
    attempts: {
      columns: ["key", "full_at", "taken"],
      sql: "CREATE TABLE attempts(key TEXT PRIMARY KEY,full_at INTEGER NOT NULL,taken INTEGER NOT NULL)STRICT",
    },
    events: {
      columns: ["id", "at", "type", "details", "subject", "sid", "request_id", "remote_address", "user_agent", "actor"],
      sql: "CREATE TABLE events(id INTEGER PRIMARY KEY,at INTEGER NOT NULL,type TEXT NOT NULL,details TEXT NOT NULL,subject TEXT,sid TEXT,request_id TEXT,remote_address TEXT,user_agent TEXT,actor TEXT)STRICT",
    },
    ledger: {
      columns: ["id", "timeline", "created_at"],
      sql: "CREATE TABLE ledger(id INTEGER PRIMARY KEY CHECK(id = 1),timeline TEXT NOT NULL,created_at INTEGER NOT NULL)STRICT",
    },
    password_codes: {
      columns: ["subject", "code_hash", "expires_at"],
      sql: "CREATE TABLE password_codes(subject TEXT PRIMARY KEY REFERENCES users(subject),code_hash TEXT NOT NULL UNIQUE,expires_at INTEGER NOT NULL)STRICT",
    },
    revocations: {
      columns: ["id", "entry", "expires_at"],
      sql: "CREATE TABLE revocations(id INTEGER PRIMARY KEY AUTOINCREMENT,entry TEXT NOT NULL,expires_at INTEGER)STRICT",
    },
    secrets: {
      columns: ["version", "fingerprint", "adopted_at", "sealed_at", "lacked_at", "discarded_at"],
      sql: "CREATE TABLE secrets(version INTEGER PRIMARY KEY CHECK(version BETWEEN 1 AND 255),fingerprint TEXT NOT NULL UNIQUE,adopted_at INTEGER NOT NULL,sealed_at INTEGER,lacked_at INTEGER,discarded_at INTEGER)STRICT",
    },
    sessions: {
      columns: [
        "sid",
        "locator_hash",
        "subject",
        "username",
        "transport",
        "remember",
        "client_id",
        "audience",
        "amr",
        "auth_time",
        "created_at",
        "last_active_at",
        "inactivity_seconds",
        "expires_at",
        "user_agent",
        "counter",
        "issued_at",
        "seen",
        "rotation_key",
        "data",
        "data_version",
        "ended_at",
        "end_reason",
        "due_at",
        "device_name",
      ],
      sql: "CREATE TABLE sessions(sid TEXT PRIMARY KEY,locator_hash TEXT NOT NULL UNIQUE,subject TEXT NOT NULL REFERENCES users(subject),username TEXT,transport TEXT NOT NULL,remember INTEGER NOT NULL,client_id TEXT NOT NULL,audience TEXT,amr TEXT NOT NULL,auth_time INTEGER NOT NULL,created_at INTEGER NOT NULL,last_active_at INTEGER NOT NULL,inactivity_seconds INTEGER NOT NULL,expires_at INTEGER NOT NULL,user_agent TEXT,counter INTEGER NOT NULL,issued_at INTEGER NOT NULL,seen INTEGER NOT NULL,rotation_key TEXT,data TEXT NOT NULL,data_version INTEGER NOT NULL,ended_at INTEGER,end_reason TEXT,due_at INTEGER NOT NULL,device_name TEXT)STRICT",
    },
    signing_keys: {
      columns: [
        "id",
        "kid",
        "algorithm",
        "public_jwk",
        "sealed_key",
        "secret_version",
        "state",
        "created_at",
        "signs_since",
        "retired_at",
      ],
      sql: "CREATE TABLE signing_keys(id INTEGER PRIMARY KEY,kid TEXT NOT NULL UNIQUE,algorithm TEXT NOT NULL,public_jwk TEXT,sealed_key BLOB NOT NULL,secret_version INTEGER NOT NULL,state TEXT NOT NULL,created_at INTEGER NOT NULL,signs_since INTEGER,retired_at INTEGER)STRICT",
    },
    users: {
      columns: [
        "subject",
        "username",
        "canonical_username",
        "password_hash",
        "roles",
        "claims_version",
        "disabled",
        "created_at",
        "deleted_at",
      ],
      sql: "CREATE TABLE users(subject TEXT PRIMARY KEY,username TEXT,canonical_username TEXT UNIQUE,password_hash TEXT,roles TEXT NOT NULL,claims_version INTEGER NOT NULL,disabled INTEGER NOT NULL,created_at INTEGER NOT NULL,deleted_at INTEGER)STRICT",
    },
    verifiers: {
      columns: ["id", "name", "credential_hash", "created_at"],
      sql: "CREATE TABLE verifiers(id TEXT PRIMARY KEY,name TEXT NOT NULL UNIQUE,credential_hash TEXT NOT NULL UNIQUE,created_at INTEGER NOT NULL)STRICT",
    },
  },
  others: {
    "index attempts_by_time": "CREATE INDEX attempts_by_time ON attempts(full_at)",
    "index events_by_request": "CREATE INDEX events_by_request ON events(request_id)WHERE request_id IS NOT NULL",
    "index events_by_sid": "CREATE INDEX events_by_sid ON events(sid)WHERE sid IS NOT NULL",
    "index events_by_subject": "CREATE INDEX events_by_subject ON events(subject)WHERE subject IS NOT NULL",
    "index events_by_time": "CREATE INDEX events_by_time ON events(at)",
    "index password_codes_by_expiry": "CREATE INDEX password_codes_by_expiry ON password_codes(expires_at)",
    "index revocations_by_expiry": "CREATE INDEX revocations_by_expiry ON revocations(expires_at)",
    "index sessions_by_creation": "CREATE INDEX sessions_by_creation ON sessions(created_at,sid)WHERE ended_at IS NULL",
    "index sessions_by_due": "CREATE INDEX sessions_by_due ON sessions(due_at)WHERE ended_at IS NULL",
    "index sessions_by_end": "CREATE INDEX sessions_by_end ON sessions(ended_at)WHERE ended_at IS NOT NULL",
    "index sessions_of_user": "CREATE INDEX sessions_of_user ON sessions(subject)WHERE ended_at IS NULL",
    "index signing_keys_one_announced":
      "CREATE UNIQUE INDEX signing_keys_one_announced ON signing_keys(algorithm)WHERE state = 'announced'",
    "index signing_keys_one_signs":
      "CREATE UNIQUE INDEX signing_keys_one_signs ON signing_keys(algorithm)WHERE state = 'signing'",
    "index users_by_creation": "CREATE INDEX users_by_creation ON users(created_at,subject)WHERE deleted_at IS NULL",
  },
};
