import { ConfigurationError, CounterfoilError, StoreError } from "@counterfoil/core";
import type { NoticeSink } from "./notice.ts";

export interface FaultDescription {
  readonly error: string;
  readonly stack?: string | undefined;
}

/** What a sentence of the ledger does not explain: its cause is a bug's, or of a kind that we have not met. */
const UNEXPLAINED = /should not happen/;

/**
 * Ours are sentences without secrets. A foreign error's message may hold anything, so its stack alone is told. A fault of
 * the ledger that its sentence explains has none: where it was met says nothing more.
 */
export function describeFault(error: unknown): FaultDescription {
  if (error instanceof StoreError && !UNEXPLAINED.test(error.message)) return { error: error.message };
  if (error instanceof CounterfoilError || error instanceof ConfigurationError) {
    const { cause } = error;
    return { error: error.message, stack: cause instanceof Error ? frames(cause) : undefined };
  }
  return error instanceof Error ? { error: error.name, stack: frames(error) } : { error: typeof error };
}

function frames(error: Error): string {
  return (error.stack ?? "")
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .join("\n");
}

/** Where an application has no `onNotice`: a fault that nobody hears of would be a 503 without a cause. */
export const faultsToStandardError: NoticeSink = (notice) => {
  if (notice.type !== "fault" && notice.type !== "background_fault") return;
  const { error, stack = "" } = describeFault(notice.error);
  const where = notice.type === "fault" ? `${notice.method} ${notice.route}` : notice.task;
  console.error(`counterfoil: ${where}: ${error}${stack === "" ? "" : `\n${stack}`}`);
};
