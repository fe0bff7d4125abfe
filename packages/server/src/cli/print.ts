import { isoTime } from "@counterfoil/core";
import { printable, printableJson } from "../printable.ts";

export type Flags = Readonly<Record<string, unknown>>;

export function isJson(flags: Flags): boolean {
  return flags["json"] === true;
}

/**
 * Prints what a command has to say: JSON for a program, lines for people. Neither moves the cursor of whoever reads it
 * (ASVS V16.4.1). Instants in the JSON of commands are ISO 8601.
 */
export function print(flags: Flags, value: object, lines: () => readonly string[]): void {
  process.stdout.write(isJson(flags) ? printableJson(value) : `${lines().map(printable).join("\n")}\n`);
}

/** An instant of the wire, which is in whole seconds, as commands give it. */
export function isoOfSeconds(seconds: number): string {
  return isoTime(seconds * 1000);
}

/** An instant for people: UTC, to the minute. */
export function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
