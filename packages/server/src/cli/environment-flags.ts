import { ConfigurationError } from "@counterfoil/core";
import type { Command } from "commander";
import { Option } from "commander";
import type { Environment } from "../config/environment.ts";
import type { VariableName } from "../config/variables.ts";
import { VARIABLES } from "../config/variables.ts";

const SWITCHES: ReadonlySet<VariableName> = new Set(["COUNTERFOIL_INSECURE_HTTP"]);

/** What no flag can say of the ledger, for `--help` and the reference. */
export const LEDGER_SETTINGS = [
  "Settings without a flag, since they are secrets: COUNTERFOIL_DATABASE_URL is the",
  "address of a ledger elsewhere, such as postgres://USER:PASSWORD@HOST/DATABASE,",
  "and COUNTERFOIL_SECRET the servers' secret. Each may be in a file, which",
  "COUNTERFOIL_DATABASE_URL_FILE or COUNTERFOIL_SECRET_FILE names.",
];

/**
 * Adds the flags of these settings to a command, and to one that opens a ledger what else names one. No secret has a
 * flag: a command line is seen by every user.
 */
export function addSettingFlags(command: Command, names: readonly VariableName[]): Command {
  for (const name of names) {
    const { flag, about } = VARIABLES[name] as { readonly flag: string; readonly about: string };
    command.addOption(new Option(SWITCHES.has(name) ? flag : `${flag} <value>`, `${about} (${name})`));
  }
  return names.includes("COUNTERFOIL_DATA") ? command.addHelpText("after", `\n${LEDGER_SETTINGS.join("\n")}`) : command;
}

/** The environment with the flags over it: both are then read in the same way. */
export function withFlags(environment: Environment, flags: Readonly<Record<string, unknown>>): Environment {
  const over: Record<string, string> = {};
  for (const [name, { flag }] of Object.entries(VARIABLES) as [VariableName, { readonly flag?: string }][]) {
    const value = flag === undefined ? undefined : flags[camelCase(flag)];
    if (typeof value === "string" || typeof value === "boolean") over[name] = String(value);
  }
  return { ...environment, ...over };
}

/**
 * What a server works with.
 *
 * @throws ConfigurationError if two ledgers are named: with either of them, half of those who ask would mean the other
 */
export function serverEnvironment(flags: Readonly<Record<string, unknown>>): Environment {
  const [address] = addressesSet();
  if (flags["data"] === undefined || address === undefined) return withFlags(process.env, flags);
  throw new ConfigurationError(
    `--data names the ledger in a directory, and ${address} is set, which names another: leave out --data for that one, or ${address} for the directory's.`,
  );
}

/** Those variables of this process that name a ledger. */
export function addressesSet(): readonly string[] {
  return ["COUNTERFOIL_DATABASE_URL", "COUNTERFOIL_DATABASE_URL_FILE"].filter((name) => process.env[name]?.trim());
}

/**
 * What a command beside the server works with. Whoever names a directory means the secret in it too, whatever this
 * machine's server has.
 *
 * @throws ConfigurationError if two ledgers are named
 */
export function commandEnvironment(flags: Readonly<Record<string, unknown>>): Environment {
  const environment = serverEnvironment(flags);
  if (flags["data"] === undefined) return environment;
  return { ...environment, COUNTERFOIL_SECRET: "", COUNTERFOIL_SECRET_FILE: "" };
}

function camelCase(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
