import { pino } from "pino";
import type { Logger } from "pino";
import { describeFault } from "../fault.ts";
import type { NoticeSink } from "../notice.ts";
import { logOutput } from "./log-output.ts";

export function createLog(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, logOutput());
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
        log.error({ ...context, method, route, status, ...describeFault(error) }, "fault");
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
        log.error({ task: notice.task, ...describeFault(notice.error) }, "fault");
    }
  };
}
