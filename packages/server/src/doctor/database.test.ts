import type { SecretFingerprint } from "@counterfoil/core";
import type { DatabaseInspection, Rights } from "@counterfoil/stores/postgres-database";
import { expect, it } from "vitest";
import { readConfiguration } from "../config/environment.ts";
import { judge } from "./doctor.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";

const NOW = 1_800_000_000_000;
const ONE = "one" as SecretFingerprint;

const INSPECTION: DatabaseInspection = {
  schemaVersion: 1,
  schema: "counterfoil",
  server: {
    majorVersion: 18,
    version: "18.4",
    encoding: "UTF8",
    isStandby: false,
    fsync: true,
    synchronousCommit: "on",
    isSynchronousCommitOwn: false,
    maxConnections: 97,
  },
  connection: { isEncrypted: true, isLocal: false, perServer: 11, clockAhead: 0, clockUncertainty: 1, now: NOW },
  rights: { mayChangeSchema: false, lacking: [] },
  drift: [],
  state: {
    createdAt: NOW - 1000,
    newestEventAt: NOW,
    signingKeys: [],
    secrets: [{ version: 1, fingerprint: ONE, adoptedAt: 0, sealedAt: NOW, lackedAt: null, discardedAt: null }],
    users: 3,
    admins: 1,
    dead: 0,
  },
};

/** A server on PostgreSQL with which nothing is wrong. */
const SOUND: Facts = {
  nodeVersion: "24.1.0",
  unknownVariables: [],
  configurationFault: null,
  configuration: readConfiguration({
    COUNTERFOIL_ISSUER: "https://a.example",
    COUNTERFOIL_TRUST_PROXY: "10.0.0.0/8",
    COUNTERFOIL_DATABASE_URL: "postgres://app@db.example/ledger",
  }),
  secrets: { kind: "given", fingerprints: [ONE] },
  secretFile: null,
  files: [],
  user: 7,
  ledgerFolder: null,
  ledger: { kind: "reached", inspection: INSPECTION },
  disk: null,
  latestSchema: 1,
  now: NOW,
  neededSeconds: 30 * 86_400,
};

const reached = (inspection: DatabaseInspection): Partial<Facts> => ({ ledger: { kind: "reached", inspection } });
const withServer = (server: Partial<DatabaseInspection["server"]>) =>
  reached({ ...INSPECTION, server: { ...INSPECTION.server, ...server } });
const withConnection = (connection: Partial<DatabaseInspection["connection"]>) =>
  reached({ ...INSPECTION, connection: { ...INSPECTION.connection, ...connection } });
const withRights = (rights: Partial<Rights>) =>
  reached({ ...INSPECTION, rights: { ...INSPECTION.rights!, ...rights } });
const withSchema = (schema: Partial<Pick<DatabaseInspection, "schemaVersion" | "drift" | "state" | "rights">>) =>
  reached({ ...INSPECTION, ...schema });
const withState = (state: Partial<NonNullable<DatabaseInspection["state"]>>) =>
  withSchema({ state: { ...INSPECTION.state!, ...state } });

it("with a sound server on PostgreSQL every check is ok, and each is there once", () => {
  const findings = judge(SOUND);
  expect(findings.filter(({ level, remedy }) => level !== "ok" || remedy !== null)).toEqual([]);
  expect(new Set(findings.map(({ check }) => check)).size).toBe(findings.length);
});

it.each([
  ["a newer schema that this version works with", withSchema({ schemaVersion: 2, state: null })],
  ["no TLS on this machine", withConnection({ isEncrypted: false, isLocal: true })],
  ["a clock that is a little ahead", withConnection({ clockAhead: 4000 })],
  ["a clock that cannot be told", withConnection({ clockAhead: -60_000, clockUncertainty: 58_000 })],
  ["commits that wait for no standby", withServer({ synchronousCommit: "local" })],
])("%s is nothing to be told of", (_, facts) => {
  expect(judge({ ...SOUND, ...facts }).filter(({ level }) => level !== "ok")).toEqual([]);
});

const OFF = { synchronousCommit: "off" };

const BROKEN: readonly [string, string, Partial<Facts>, Finding["level"]][] = [
  ["no secret", "secret", { secrets: { kind: "none" }, ...withSchema({ state: null }) }, "problem"],
  ["a database out of reach", "ledger", { ledger: { kind: "unreadable", sentence: "Do this." } }, "problem"],
  ["an old PostgreSQL", "database_version", withServer({ majorVersion: 14, version: "14.9" }), "problem"],
  ["another encoding", "database_encoding", withServer({ encoding: "LATIN1" }), "problem"],
  ["a standby", "database_primary", withServer({ isStandby: true }), "problem"],
  ["fsync that is off", "database_durability", withServer({ fsync: false }), "warning"],
  ["synchronous_commit off for all", "database_durability", withServer(OFF), "warning"],
  [
    "synchronous_commit off for our role",
    "database_durability",
    withServer({ ...OFF, isSynchronousCommitOwn: true }),
    "problem",
  ],
  ["a role that may do all", "database_rights", withRights({ mayChangeSchema: true }), "warning"],
  ["a role that may do too little", "database_rights", withRights({ lacking: ["DELETE on users"] }), "problem"],
  ["plain text on the network", "database_tls", withConnection({ isEncrypted: false }), "warning"],
  ["connections for one server", "database_connections", withServer({ maxConnections: 12 }), "warning"],
  ["connections for none", "database_connections", withServer({ maxConnections: 10 }), "problem"],
  ["a clock that is ahead", "database_clock", withConnection({ clockAhead: 90_000 }), "warning"],
  ["a clock that is behind", "database_clock", withConnection({ clockAhead: -90_000 }), "warning"],
  ["no schema", "schema_version", withSchema({ schemaVersion: 0, rights: null, state: null }), "warning"],
  ["a version that may not be read", "schema_version", withSchema({ schemaVersion: null, state: null }), "warning"],
  ["a missing index", "schema_drift", withSchema({ drift: [{ kind: "missing", what: "index i" }] }), "problem"],
  [
    "another fill factor",
    "schema_drift",
    withSchema({ drift: [{ kind: "changed", what: "storage of t" }] }),
    "warning",
  ],
  [
    "a secret that is in use and not configured",
    "secrets_in_use",
    withState({
      secrets: [{ ...INSPECTION.state!.secrets[0]!, version: 2, fingerprint: "two" as SecretFingerprint }],
    }),
    "problem",
  ],
  ["events from the future", "clock", withState({ newestEventAt: NOW + 3_600_000 }), "problem"],
  ["nobody", "users", withState({ users: 0, admins: 0 }), "warning"],
  ["dead sessions", "purge", withState({ dead: 12 }), "warning"],
];

it.each(BROKEN)("%s is found by %s, which says what to do", (_, check, broken, level) => {
  const findings = judge({ ...SOUND, ...broken });
  const found = findings.filter((each) => each.check === check);
  expect(found).toEqual([
    { check, level, sentence: expect.stringMatching(/\.$/), remedy: expect.stringMatching(/\.$/) },
  ]);
  // And by that check alone.
  expect(findings.filter((each) => each.level !== "ok")).toEqual(found);
});

it("what is changed in the schema is told with what it should be and what it is, unless that is long", () => {
  const changed = (what: string, expected: string, found: string) =>
    ({ kind: "changed", what, expected, found }) as const;
  const drift = [
    changed("column events.user_agent", "text", "character varying(9)"),
    changed("table attempts", "", "unlogged"),
    changed("function f()", "x".repeat(500), "y"),
  ];
  const [told] = judge({ ...SOUND, ...withSchema({ drift }) }).filter(({ check }) => check === "schema_drift");
  expect(told?.sentence).toBe(
    "Something else has changed the schema: column events.user_agent is changed (expected: text; found: character varying(9)), table attempts is changed (expected: plain; found: unlogged), function f() is changed.",
  );
});
