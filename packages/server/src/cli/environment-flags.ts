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

/** What a command beside the server works with: whoever names a directory means the ledger in it, whatever else is set. */
export function commandEnvironment(flags: Readonly<Record<string, unknown>>): Environment {
  const environment = flags["data"] === undefined ? process.env : { ...process.env, COUNTERFOIL_DATABASE_URL: "" };
  return withFlags(environment, flags);
}

function camelCase(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
