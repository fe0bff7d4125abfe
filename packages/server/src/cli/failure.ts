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
  process.stderr.write(json ? printableJsonLine({ error: sentence, code }) : `counterfoil: ${printable(sentence)}\n`);
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
