import { CounterfoilError } from "@counterfoil/core";
import { pino } from "pino";
import type { Logger } from "pino";
import type { NoticeSink } from "../notice.ts";

export function createLog(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}

/** A line for each notice. What a client sent is in none of them but as data of its own. */
export function noticeLog(log: Logger): NoticeSink {
  return (notice) => {
    switch (notice.type) {
      case "refused": {
        const { method, route, status, code, reason, detail, sid, context } = notice;
        log.info({ ...context, method, route, status, code, reason, detail, sid }, "refused");
        return;
      }
      case "fault": {
        const { method, route, status, error, context } = notice;
        log.error({ ...context, method, route, status, ...describe(error) }, "fault");
        return;
      }
      case "background_fault":
        log.error({ task: notice.task, ...describe(notice.error) }, "fault");
    }
  };
}

/** Ours are sentences without secrets. A foreign error's message may hold anything, so its stack alone is told. */
function describe(error: unknown): { error: string; stack?: string | undefined } {
  if (error instanceof CounterfoilError) {
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
