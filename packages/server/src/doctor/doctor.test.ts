import type { SecretFingerprint } from "@counterfoil/core";
import { expect, it } from "vitest";
import { readConfiguration } from "../config/environment.ts";
import { judge } from "./doctor.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";

const NOW = 1_800_000_000_000;
const DAY = 24 * 3600 * 1000;
const KEY = {
  kid: "kid",
  algorithm: "ES256",
  state: "signing",
  secretVersion: 1,
  createdAt: NOW - DAY,
  signsSince: NOW - DAY,
  retiredAt: null,
} as const;
const ONE = "one" as SecretFingerprint;
const TWO = "two" as SecretFingerprint;
const SECRET = { version: 1, fingerprint: ONE, adoptedAt: 0, sealedAt: NOW, lackedAt: null, discardedAt: null };
const configuration = (env: Record<string, string> = {}) =>
  readConfiguration({ COUNTERFOIL_ISSUER: "https://a.example", COUNTERFOIL_TRUST_PROXY: "10.0.0.0/8", ...env });

const STATE = {
  createdAt: NOW - DAY,
  newestEventAt: NOW,
  signingKeys: [KEY],
  secrets: [SECRET],
  users: 3,
  admins: 1,
  dead: 0,
} as const;
const INSPECTION = { schemaVersion: 2, bytes: 1, walBytes: 1, faults: [], drift: [], state: STATE } as const;

/** A server with which nothing is wrong. */
const SOUND: Facts = {
  nodeVersion: "24.1.0",
  unknownVariables: [],
  configurationFault: null,
  configuration: configuration(),
  secrets: { kind: "given", fingerprints: [ONE] },
  secretFile: "/run/secrets/counterfoil",
  files: [{ path: "/data", isFolder: true, mode: 0o700, owner: 7 }],
  user: 7,
  ledgerFolder: "/data/",
  ledger: { kind: "opened", inspection: INSPECTION },
  disk: { freeBytes: 1e12, kind: 0xef53 },
  latestSchema: 2,
  now: NOW,
  neededSeconds: 30 * 86_400,
};

const withState = (state: Partial<Record<keyof typeof STATE, unknown>>): Partial<Facts> => ({
  ledger: { kind: "opened", inspection: { ...INSPECTION, state: { ...STATE, ...state } } } as Facts["ledger"],
});
const withInspection = (inspection: object): Partial<Facts> => ({
  ledger: { kind: "opened", inspection: { ...INSPECTION, ...inspection } },
});
const withSettings = (env: Record<string, string>): Partial<Facts> => ({ configuration: configuration(env) });

it("with a sound server every check is ok, and none says what to do", () => {
  const findings = judge(SOUND);
  expect(findings.filter(({ level, remedy }) => level !== "ok" || remedy !== null)).toEqual([]);
  expect(new Set(findings.map(({ check }) => check)).size).toBe(findings.length);
});

const BROKEN: readonly [string, string, Partial<Facts>, Finding["level"]][] = [
  ["a Node that is too old", "node", { nodeVersion: "22.17.9" }, "problem"],
  ["an odd Node", "node", { nodeVersion: "25.0.0" }, "warning"],
  ["a variable that is none", "configuration", { unknownVariables: ["COUNTERFOIL_PROT"] }, "problem"],
  ["a wrong value", "configuration", { configuration: null, configurationFault: "It must be 1." }, "problem"],
  ["plain http", "settings", withSettings({ COUNTERFOIL_ISSUER: "http://localhost:4000" }), "warning"],
  ["plain http beyond this machine", "settings", withSettings({ COUNTERFOIL_INSECURE_HTTP: "true" }), "warning"],
  ["https without a proxy", "settings", withSettings({ COUNTERFOIL_TRUST_PROXY: "" }), "warning"],
  ["a cookie's domain", "settings", withSettings({ COUNTERFOIL_COOKIE_DOMAIN: "a.example" }), "warning"],
  ["HS256", "settings", withSettings({ COUNTERFOIL_ALGORITHM: "HS256" }), "warning"],
  ["open registration", "settings", withSettings({ COUNTERFOIL_REGISTRATION: "open" }), "warning"],
  ["short passwords", "settings", withSettings({ COUNTERFOIL_PASSWORD_MIN_LENGTH: "8" }), "warning"],
  ["long access tokens", "settings", withSettings({ COUNTERFOIL_ACCESS_TOKEN_TTL_SECONDS: "900" }), "warning"],
  ["no secret", "secret", { secrets: { kind: "none" } }, "warning"],
  ["a damaged secret", "secret", { secrets: { kind: "refused", sentence: "It is refused." } }, "problem"],
  [
    "a folder that others can change",
    "file_modes",
    { files: [{ path: "/data", isFolder: true, mode: 0o770, owner: 7 }] },
    "problem",
  ],
  [
    "a folder that others can look into",
    "file_modes",
    { files: [{ path: "/data", isFolder: true, mode: 0o755, owner: 7 }] },
    "warning",
  ],
  [
    "a ledger that others can read",
    "file_modes",
    { files: [{ path: "/data/counterfoil.db", isFolder: false, mode: 0o640, owner: 7 }] },
    "problem",
  ],
  [
    "two owners",
    "file_modes",
    {
      files: [
        { path: "/data", isFolder: true, mode: 0o700, owner: 7 },
        { path: "/data/counterfoil.db", isFolder: false, mode: 0o600, owner: 0 },
      ],
    },
    "problem",
  ],
  ["another user's files", "file_modes", { user: 8 }, "problem"],
  ["the secret beside the ledger", "secret_apart", { secretFile: "/data/secret" }, "warning"],
  ["no ledger", "ledger", { ledger: { kind: "missing", path: "/data/counterfoil.db" } }, "warning"],
  ["an unreadable ledger", "ledger", { ledger: { kind: "unreadable", sentence: "Do this." } }, "problem"],
  ["a network file system", "file_system", { disk: { freeBytes: 1e12, kind: 0x6969 } }, "problem"],
  ["little room", "disk_space", { disk: { freeBytes: 4e8, kind: null } }, "warning"],
  ["no room", "disk_space", { disk: { freeBytes: 1e6, kind: null } }, "problem"],
  ["a long write-ahead log", "wal_size", withInspection({ walBytes: 1e8 }), "warning"],
  ["a damaged file", "integrity", withInspection({ faults: ["page 7"] }), "problem"],
  ["an older schema", "schema_version", withInspection({ schemaVersion: 1, state: null }), "warning"],
  ["a missing index", "schema_drift", withInspection({ drift: [{ kind: "missing", what: "index i" }] }), "problem"],
  ["an extra table", "schema_drift", withInspection({ drift: [{ kind: "extra", what: "table t" }] }), "warning"],
  [
    "a secret that is in use and not configured",
    "secrets_in_use",
    withState({ secrets: [SECRET, { ...SECRET, fingerprint: TWO }] }),
    "problem",
  ],
  [
    "a secret that nothing needs",
    "secrets_in_use",
    {
      ...withState({ secrets: [SECRET, { ...SECRET, fingerprint: TWO, version: 2, sealedAt: NOW - 31 * DAY }] }),
      secrets: { kind: "given", fingerprints: [ONE, TWO] },
    },
    "warning",
  ],
  [
    "a secret that was replaced",
    "secrets_in_use",
    withState({ secrets: [{ ...SECRET, discardedAt: NOW }] }),
    "problem",
  ],
  ["two keys that sign", "signing_keys", withState({ signingKeys: [KEY, { ...KEY, kid: "other" }] }), "problem"],
  ["a key under another secret", "signing_keys", withState({ signingKeys: [{ ...KEY, secretVersion: 9 }] }), "problem"],
  ["an old key", "signing_keys", withState({ signingKeys: [{ ...KEY, signsSince: NOW - 200 * DAY }] }), "warning"],
  ["events from the future", "clock", withState({ newestEventAt: NOW + 3_600_000 }), "problem"],
  ["a ledger from the future", "clock", withState({ createdAt: NOW + 3_600_000 }), "problem"],
  ["nobody", "users", withState({ users: 0, admins: 0 }), "warning"],
  ["no admin", "users", withState({ admins: 0 }), "warning"],
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

it("a typing error is guessed", () => {
  const [finding] = judge({ ...SOUND, unknownVariables: ["COUNTERFOIL_PROT"] }).filter(({ level }) => level !== "ok");
  expect(finding?.remedy).toContain("COUNTERFOIL_PORT");
});
