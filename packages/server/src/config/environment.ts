import { join } from "node:path";
import { ConfigurationError } from "@counterfoil/core";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import { readSecretFile } from "./secret-file.ts";
import type { CounterfoilOptions, Registration } from "../options.ts";
import type { Variable, VariableName } from "./variables.ts";
import { VARIABLES } from "./variables.ts";

/** The process's environment, or anything of its shape. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** An address to listen on. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What the environment says, typed; secrets but the ledger's address are read apart, by whoever needs them. */
export interface ServerConfiguration {
  readonly options: Omit<CounterfoilOptions, "secret" | keyof OtherSecrets>;
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  /** Where `/metrics`, and where the routes below `/admin/` are, if they have a place of their own. */
  readonly metrics: Place | null;
  readonly admin: Place | null;
  readonly trustProxy: string | null;
  readonly insecureHttp: boolean;
  /** How long a server that is told to stop goes on answering. */
  readonly drainSeconds: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/**
 * `COUNTERFOIL_*` as options for `createCounterfoil`. It reads the files of secrets and nothing else, and generates
 * nothing: a module that is only being built must not leave files behind.
 *
 * All are checked, since one environment may serve several processes; these are not used, as the application listens
 * and logs by itself: `COUNTERFOIL_HOST`, `COUNTERFOIL_METRICS_*`, `COUNTERFOIL_ADMIN_HOST`, `COUNTERFOIL_TRUST_PROXY` (the option `trustProxy` of `toNodeHandler`),
 * `COUNTERFOIL_DRAIN_SECONDS` and `COUNTERFOIL_LOG_LEVEL`. `COUNTERFOIL_PORT` makes the issuer where that is left out, `COUNTERFOIL_DATA` the ledger.
 *
 * @throws ConfigurationError that names the variable and the accepted form
 */
export function fromEnvironment(environment: Environment): CounterfoilOptions {
  const { options } = readConfiguration(environment);
  const secret = readSecret(environment, "COUNTERFOIL_SECRET");
  if (secret === undefined) {
    throw new ConfigurationError(
      "COUNTERFOIL_SECRET is not set: run `counterfoil secret` and set it to what that prints.",
    );
  }
  const fromFile = Boolean(environment["COUNTERFOIL_SECRET_FILE"]?.trim());
  return {
    ...options,
    // Read again while the server runs, so that `counterfoil secret rotate` takes no restart.
    secret: fromFile ? () => readSecret(environment, "COUNTERFOIL_SECRET") ?? "" : secret,
    ...readOtherSecrets(environment),
  };
}

type OtherSecrets = Pick<CounterfoilOptions, "hs256Secret" | "passwordPepper">;

/**
 * The secrets that a server may do without.
 *
 * @throws ConfigurationError as {@link readSecret} does
 */
export function readOtherSecrets(environment: Environment): OtherSecrets {
  return given({
    hs256Secret: readSecret(environment, "COUNTERFOIL_HS256_SECRET"),
    passwordPepper: readSecret(environment, "COUNTERFOIL_PASSWORD_PEPPER"),
  });
}

/** @throws ConfigurationError that names the variable and the accepted form */
export function readConfiguration(environment: Environment): ServerConfiguration {
  refuseUnknown(environment);
  const text = (name: VariableName) => environment[name]?.trim() || undefined;
  const number = (name: VariableName) => readNumber(name, text(name));
  const list = (name: VariableName) =>
    text(name)
      ?.split(",")
      .map((item) => item.trim());

  const portAt = (name: VariableName) => {
    const value = number(name);
    if (value !== undefined && (value < 1 || value > 65_535)) throw wrong(name);
    return value;
  };
  const place = (host: VariableName, port: VariableName): Place | null => {
    const value = portAt(port);
    if (value !== undefined) return { host: text(host) ?? "127.0.0.1", port: value };
    if (text(host) === undefined) return null;
    throw new ConfigurationError(
      `${host} says where, and ${port} must say on which port: set it too, from 1 to 65535.`,
    );
  };

  const port = portAt("COUNTERFOIL_PORT") ?? 4000;
  const metrics = place("COUNTERFOIL_METRICS_HOST", "COUNTERFOIL_METRICS_PORT");
  const admin = place("COUNTERFOIL_ADMIN_HOST", "COUNTERFOIL_ADMIN_PORT");
  const dataDirectory = text("COUNTERFOIL_DATA") ?? ".counterfoil";
  const insecureHttp = readBoolean("COUNTERFOIL_INSECURE_HTTP", text("COUNTERFOIL_INSECURE_HTTP"));
  const options = {
    issuer: text("COUNTERFOIL_ISSUER") ?? `http://localhost:${port}`,
    audience: list("COUNTERFOIL_AUDIENCE"),
    ledger: readSecret(environment, "COUNTERFOIL_DATABASE_URL") ?? `sqlite:${join(dataDirectory, "counterfoil.db")}`,
    algorithm: text("COUNTERFOIL_ALGORITHM") as SigningAlgorithm | undefined,
    signingKeyLifetimeDays: number("COUNTERFOIL_SIGNING_KEY_LIFETIME_DAYS"),
    accessTokenTtlSeconds: number("COUNTERFOIL_ACCESS_TOKEN_TTL_SECONDS"),
    cookieDomain: text("COUNTERFOIL_COOKIE_DOMAIN"),
    allowedOrigins: list("COUNTERFOIL_ALLOWED_ORIGINS"),
    bearerOrigins: list("COUNTERFOIL_BEARER_ORIGINS"),
    registration: text("COUNTERFOIL_REGISTRATION") as Registration | undefined,
    passwordConcurrency: number("COUNTERFOIL_PASSWORD_CONCURRENCY"),
    passwordQueue: number("COUNTERFOIL_PASSWORD_QUEUE"),
    passwordMinLength: number("COUNTERFOIL_PASSWORD_MIN_LENGTH"),
    productNames: list("COUNTERFOIL_PRODUCT_NAMES"),
    insecureHttp,
    separateAdmin: admin !== null,
  };
  const drainSeconds = number("COUNTERFOIL_DRAIN_SECONDS") ?? 3;
  if (drainSeconds > 300) throw wrong("COUNTERFOIL_DRAIN_SECONDS");
  const logLevel = text("COUNTERFOIL_LOG_LEVEL") ?? "info";
  if (!isLogLevel(logLevel)) throw wrong("COUNTERFOIL_LOG_LEVEL");
  return {
    options: given(options),
    host: text("COUNTERFOIL_HOST") ?? "127.0.0.1",
    port,
    dataDirectory,
    metrics,
    admin,
    trustProxy: text("COUNTERFOIL_TRUST_PROXY") ?? null,
    insecureHttp,
    drainSeconds,
    logLevel,
  };
}

/**
 * A secret from the variable or from the file that its `_FILE` twin names.
 *
 * @throws ConfigurationError if both are set, or the file cannot be read or is open to others
 */
export function readSecret(environment: Environment, name: VariableName): string | undefined {
  const value = environment[name]?.trim();
  const path = environment[`${name}_FILE`]?.trim();
  if (value && path) throw new ConfigurationError(`${name} and ${name}_FILE are both set: keep one of them.`);
  return path ? readSecretFile(path, "operator", `${name}_FILE`) : value || undefined;
}

/** A name that we do not know is a setting that somebody believes to be in force. */
function refuseUnknown(environment: Environment): void {
  for (const name of Object.keys(environment)) {
    if (!name.startsWith("COUNTERFOIL_") || name in VARIABLES) continue;
    const base = name.replace(/_FILE$/, "");
    const variable: Variable | undefined = base in VARIABLES ? VARIABLES[base as VariableName] : undefined;
    if (name.endsWith("_FILE") && variable?.secret === true) continue;
    throw new ConfigurationError(`${name} is not a setting. There are: ${Object.keys(VARIABLES).join(", ")}.`);
  }
}

function readNumber(name: VariableName, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw wrong(name);
  return Number(text);
}

function readBoolean(name: VariableName, text: string | undefined): boolean {
  if (text === undefined || text === "false") return false;
  if (text === "true") return true;
  throw wrong(name);
}

function isLogLevel(text: string): text is ServerConfiguration["logLevel"] {
  return LOG_LEVELS.some((level) => level === text);
}

function wrong(name: VariableName): ConfigurationError {
  const { form, flag }: Variable = VARIABLES[name];
  return new ConfigurationError(`${flag === undefined ? name : `${name} (${flag})`} must be ${form}.`);
}

/** Without what was left out: an option that is `undefined` is not the same as none. */
function given<T extends object>(
  options: T,
): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
} {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
