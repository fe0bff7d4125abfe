import { ConfigurationError, CounterfoilError } from "@counterfoil/core";
import { printable, terminalSafe } from "../explain/explain.ts";

export const FAILURE_EXIT = 1;
export const USAGE_EXIT = 2;

/** Says what went wrong, in a sentence, and sets the exit code. Nobody sees a stack trace. */
export function fail(error: unknown, json: boolean): void {
  const { sentence, code, exit } = describe(error);
  process.exitCode = exit;
  process.stderr.write(json ? `${JSON.stringify({ error: sentence, code })}\n` : `counterfoil: ${sentence}\n`);
}

function describe(error: unknown): { sentence: string; code: string; exit: number } {
  if (error instanceof ConfigurationError) {
    return { sentence: error.message, code: "configuration", exit: USAGE_EXIT };
  }
  if (error instanceof CounterfoilError) return { sentence: error.message, code: error.code, exit: FAILURE_EXIT };
  const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    sentence: `Something went wrong that should not have (${name}). Please report it, with the command that you ran.`,
    code: "internal",
    exit: FAILURE_EXIT,
  };
}

/** Says that what was named is not there. */
export function failed(json: boolean, sentence: string): void {
  process.exitCode = FAILURE_EXIT;
  process.stderr.write(
    json
      ? `${terminalSafe(JSON.stringify({ error: sentence, code: "not_found" }))}\n`
      : `counterfoil: ${printable(sentence)}\n`,
  );
}
