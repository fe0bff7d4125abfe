import { StoreError } from "@counterfoil/core";
import { pino } from "pino";
import type { Logger } from "pino";
import { describeFault } from "../fault.ts";
import type { NoticeSink } from "../notice.ts";
import { logOutput } from "./log-output.ts";

export function createLog(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, logOutput());
}

/**
 * A line for each notice. What a client sent is in none of them but as data of its own. While the ledger is out of reach,
 * which is told once, what fails by that is told to whoever looks for details.
 */
export function noticeLog(log: Logger): NoticeSink {
  let isAway = false;
  const fault = (error: unknown, where: object) => {
    if (isAway && error instanceof StoreError) log.debug({ ...where, ...describeFault(error) }, "fault");
    else log.error({ ...where, ...describeFault(error) }, "fault");
  };
  return (notice) => {
    switch (notice.type) {
      case "refused": {
        const { method, route, status, code, reason, detail, sid, context } = notice;
        log.info({ ...context, method, route, status, code, reason, detail, sid }, "refused");
        return;
      }
      case "fault": {
        const { method, route, status, error, context } = notice;
        fault(error, { ...context, method, route, status });
        return;
      }
      case "guessing_suspected":
        log.warn({ ...notice.context, count: notice.count }, "guessing suspected");
        return;
      case "page_report": {
        const { report, untold, context } = notice;
        log.warn({ ...context, ...report, untold }, "page report");
        return;
      }
      case "revocations_restored": {
        const { sessions, users, keys } = notice;
        log.warn({ sessions, users, keys }, "revocations restored");
        return;
      }
      case "background_fault":
        fault(notice.error, { task: notice.task });
        return;
      case "ledger_away":
        isAway = true;
        log.error({ ...describeFault(notice.error) }, "ledger out of reach");
        return;
      case "ledger_back":
        isAway = false;
        log.warn({ seconds: notice.seconds }, "ledger in reach again");
    }
  };
}
