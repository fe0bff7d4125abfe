import { existsSync, realpathSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import {
  ConfigurationError,
  DEFAULT_LIFETIMES,
  fingerprint,
  longestLifetimeSeconds,
  Secret,
  StoreError,
  systemRandom,
} from "@counterfoil/core";
import type { Clock } from "@counterfoil/core";
import { LedgerDatabase } from "@counterfoil/stores/postgres-database";
import { LedgerFile } from "@counterfoil/stores/sqlite-file";
import type { Environment, ServerConfiguration } from "../config/environment.ts";
import { readConfiguration, readOtherSecrets } from "../config/environment.ts";
import { ledgerDatabase, sqlitePath } from "../config/ledger.ts";
import { checkOptions } from "../config/settings.ts";
import { secretsOf, secretSource } from "../config/secret-source.ts";
import type { SecretSource } from "../config/secret-source.ts";
import { nodeCrypto } from "../platform/node-crypto.ts";
import { checkPlaces } from "../serve/configuration.ts";
import type { DiskFact, FileFact } from "./files.ts";
import type { LedgerFact } from "./ledger.ts";
import type { ConfiguredSecrets } from "./secrets.ts";
import { unknownVariables } from "./settings.ts";

/** All that the checks go by, read once. */
export interface Facts {
  readonly nodeVersion: string;
  readonly unknownVariables: readonly string[];
  /** Why the settings that are ones cannot be read; `null` where they can. */
  readonly configurationFault: string | null;
  readonly configuration: ServerConfiguration | null;
  readonly secrets: ConfiguredSecrets;
  /** Where the secret is, if it is in a file. */
  readonly secretFile: string | null;
  readonly files: readonly FileFact[];
  readonly user: number | null;
  /** With a separator at its end; `null` where the ledger is in no file, as are the next two. */
  readonly ledgerFolder: string | null;
  readonly ledger: LedgerFact | null;
  readonly disk: DiskFact | null;
  readonly latestSchema: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How long what a secret has sealed can live. */
  readonly neededSeconds: number;
}

const DAY_MS = 24 * 3600 * 1000;

export async function readFacts(environment: Environment, clock: Clock): Promise<Facts> {
  const unknown = unknownVariables(environment);
  const known = Object.fromEntries(Object.entries(environment).filter(([name]) => !unknown.includes(name)));
  const configuration = attempt(() => readConfiguration(known));
  const read = typeof configuration === "string" ? null : configuration;
  const now = clock.now();
  const path = read === null ? undefined : sqlitePath(read.options.ledger);
  const database = read === null ? undefined : databaseOf(read, clock);
  const source = read === null ? null : attempt(() => ({ found: secretSource(known, read.dataDirectory) }));
  const placed = source === null || typeof source === "string" ? source : source.found;
  // The server of an embedded ledger alone reads a secret that lies in the data directory.
  const secretPlace = path === undefined && isOurs(placed) ? null : placed;
  const held =
    secretPlace === null || typeof secretPlace === "string" ? secretPlace : attempt(() => secretsOf(secretPlace));
  const secretFile = secretFileOf(secretPlace);
  // An operator's own file was judged as it was read: the platform that mounts it may have made it root's.
  const ownSecretFile = isOurs(secretPlace) ? secretFile : null;
  const folder = path === undefined ? null : dirname(resolve(path));
  return {
    nodeVersion: process.versions.node,
    unknownVariables: unknown,
    configurationFault: typeof configuration === "string" ? configuration : settingsFault(known, configuration, held),
    configuration: read,
    secrets: fingerprintsOf(held),
    secretFile,
    files: path === undefined ? [] : fileFacts([folder, path, `${path}-wal`, `${path}-shm`, ownSecretFile]),
    user: process.getuid?.() ?? null,
    ledgerFolder: folder === null ? null : realFolder(folder),
    ledger: path === undefined ? await databaseFact(database, now) : await fileFact(path, clock, now),
    disk: folder === null ? null : diskFact(folder),
    latestSchema: database === undefined ? LedgerFile.schemaVersion : LedgerDatabase.schemaVersion,
    now,
    neededSeconds: longestLifetimeSeconds(DEFAULT_LIFETIMES),
  };
}

/** The value, or the sentence that refuses it. */
function attempt<T extends object>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

/** The secrets as `serve` finds them, without making one; the sentence that refuses them; `null` for none. */
type HeldSecrets = readonly Secret[] | string | null;

/** What `serve` would find wrong later. A secret that is wrong by itself has a check of its own. */
function settingsFault(environment: Environment, configuration: ServerConfiguration, held: HeldSecrets): string | null {
  const secrets = held === null || typeof held === "string" ? [Secret.generate(nodeCrypto, systemRandom)] : held;
  const checked = attempt(() => {
    checkPlaces(configuration);
    const secret = secrets.map((each) => each.reveal());
    return checkOptions({ ...configuration.options, secret, ...readOtherSecrets(environment) });
  });
  return typeof checked === "string" ? checked : null;
}

function fingerprintsOf(held: HeldSecrets): ConfiguredSecrets {
  if (held === null) return { kind: "none" };
  if (typeof held === "string") return { kind: "refused", sentence: held };
  return { kind: "given", fingerprints: held.map((each) => fingerprint(nodeCrypto, each)) };
}

function isOurs(source: SecretSource | null | string): boolean {
  return source !== null && typeof source !== "string" && source.kind === "file" && source.owner === "ours";
}

function secretFileOf(source: SecretSource | null | string): string | null {
  if (source === null || typeof source === "string" || source.kind !== "file") return null;
  return existsSync(source.path) ? realpathSync(source.path) : null;
}

function fileFacts(paths: readonly (string | null)[]): readonly FileFact[] {
  // Windows has no such modes.
  if (process.platform === "win32") return [];
  return paths.flatMap((path) => {
    const found = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
    return path === null || found === undefined
      ? []
      : [{ path, isFolder: found.isDirectory(), mode: found.mode & 0o777, owner: found.uid }];
  });
}

function realFolder(folder: string): string {
  return (existsSync(folder) ? realpathSync(folder) : folder) + sep;
}

async function fileFact(path: string, clock: Clock, now: number): Promise<LedgerFact> {
  const file = new LedgerFile({ path, clock });
  if (!file.exists) return { kind: "missing", path };
  return orUnreadable(() => ({ kind: "opened", inspection: file.inspect(now - 2 * DAY_MS) }));
}

/** Of PostgreSQL. A wrong address is a fault of the configuration, and is told there. */
function databaseOf({ options }: ServerConfiguration, clock: Clock): LedgerDatabase | undefined {
  const found = attempt(() => ({ database: ledgerDatabase(options.ledger, clock) }));
  return typeof found === "string" ? undefined : found.database;
}

async function databaseFact(database: LedgerDatabase | undefined, now: number): Promise<LedgerFact | null> {
  if (database === undefined) return null;
  return orUnreadable(async () => ({ kind: "reached", inspection: await database.inspect(now - 2 * DAY_MS) }));
}

async function orUnreadable(look: () => LedgerFact | Promise<LedgerFact>): Promise<LedgerFact> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof StoreError) return { kind: "unreadable", sentence: error.message };
    throw error;
  }
}

function diskFact(folder: string): DiskFact | null {
  if (!existsSync(folder)) return null;
  const { bavail, bsize, type } = statfsSync(folder);
  return { freeBytes: bavail * bsize, kind: process.platform === "linux" ? type : null };
}
