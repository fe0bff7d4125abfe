import type { Command } from "commander";
import { Option } from "commander";
import type { Environment } from "../config/environment.ts";
import type { VariableName } from "../config/variables.ts";
import { VARIABLES } from "../config/variables.ts";

const SWITCHES: ReadonlySet<VariableName> = new Set(["COUNTERFOIL_INSECURE_HTTP"]);

/** Adds the flags of these settings to a command. No secret has one: a command line is seen by every user. */
export function addSettingFlags(command: Command, names: readonly VariableName[]): Command {
  for (const name of names) {
    const { flag, about } = VARIABLES[name] as { readonly flag: string; readonly about: string };
    command.addOption(new Option(SWITCHES.has(name) ? flag : `${flag} <value>`, `${about} (${name})`));
  }
  return command;
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

/** What belongs to one ledger: its address, and the secrets that its servers seal with. */
const OF_ONE_LEDGER = {
  COUNTERFOIL_DATABASE_URL: "",
  COUNTERFOIL_DATABASE_URL_FILE: "",
  COUNTERFOIL_SECRET: "",
  COUNTERFOIL_SECRET_FILE: "",
};

/**
 * What a command beside the server works with. Whoever names a directory means the ledger and the secret in it, whatever
 * this machine's server has.
 */
export function commandEnvironment(flags: Readonly<Record<string, unknown>>): Environment {
  return withFlags(flags["data"] === undefined ? process.env : { ...process.env, ...OF_ONE_LEDGER }, flags);
}

function camelCase(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
