import { writeSync } from "node:fs";
import { ConfigurationError, CounterfoilError } from "@counterfoil/core";
import { describeFault } from "../fault.ts";
import { printable, printableJsonLine } from "../printable.ts";

export const FAILURE_EXIT = 1;
export const USAGE_EXIT = 2;

/** Says what went wrong, in a sentence, and sets the exit code. Nobody sees a stack trace. */
export function fail(error: unknown, json: boolean): void {
  const { sentence, code, exit } = describe(error);
  tell(sentence, code, exit, json);
}

/** Says why what was asked for could not be done although nothing is broken, and sets the exit code. */
export function notDone(sentence: string, code: string, json: boolean): void {
  tell(sentence, code, FAILURE_EXIT, json);
}

/** Says what was asked wrongly, and sets the exit code. */
export function askedWrongly(sentence: string, json: boolean): void {
  tell(sentence, "usage", USAGE_EXIT, json);
}

function tell(sentence: string, code: string, exit: number, json: boolean): void {
  process.exitCode = exit;
  process.stderr.write(text(sentence, code, json));
}

function text(sentence: string, code: string, json: boolean): string {
  return json ? printableJsonLine({ error: shortened(sentence), code }) : `counterfoil: ${shown(sentence)}\n`;
}

/** A sentence as a terminal may have it, whatever was typed that comes back in it. */
export function shown(sentence: string): string {
  return printable(shortened(sentence));
}

const MOST_TYPED = 200;

/** Nobody reads more of an argument, and behind it the sentence goes on. */
function shortened(sentence: string): string {
  const long = process.argv
    .slice(2)
    .flatMap((typed) => [typed, typed.slice(typed.indexOf("=") + 1)])
    .flatMap((typed) => [typed, JSON.stringify(typed).slice(1, -1), printable(JSON.stringify(typed).slice(1, -1))])
    .filter(({ length }) => length > MOST_TYPED);
  return long.reduce((rest, typed) => rest.replaceAll(typed, () => `${start(typed)}…`), sentence);
}

function start(typed: string): string {
  return Array.from(typed).slice(0, MOST_TYPED).join("");
}

/**
 * What a command does when its output goes nowhere. Whoever has read enough closes the pipe: that is an end, and no
 * failure. Anything else, such as a full disk, is said on standard error.
 */
export function endWithOutput(json: boolean): void {
  process.stderr.on("error", () => process.exit(process.exitCode ?? FAILURE_EXIT));
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit();
    const sentence = `Standard output cannot be written (${code}). What the command did is done; what it had to say is lost.`;
    try {
      writeSync(process.stderr.fd, text(sentence, "output_failed", json));
    } catch {
      // Then there is nobody to tell.
    }
    process.exit(FAILURE_EXIT);
  });
}

function describe(error: unknown): { sentence: string; code: string; exit: number } {
  if (error instanceof ConfigurationError) {
    return { sentence: error.message, code: "configuration", exit: USAGE_EXIT };
  }
  if (error instanceof CounterfoilError) return { sentence: error.message, code: error.code, exit: FAILURE_EXIT };
  return {
    // A foreign error's message may hold anything.
    sentence: `Something went wrong that should not have (${describeFault(error).error}). Please report it, with the command that you ran.`,
    code: "internal",
    exit: FAILURE_EXIT,
  };
}
