import { CounterfoilError } from "@counterfoil/core";
import { refusalSentence, sentence } from "../explain/sentences.ts";
import type { NoticeSink } from "../notice.ts";
import type { ExplainCommand, Print } from "./transcript.ts";

/** For people: each refusal in a line with its reason, and the command that tells the rest. */
export function demoLog(print: Print, explainCommand: ExplainCommand): NoticeSink {
  return (notice) => {
    switch (notice.type) {
      case "refused": {
        const { method, route, status, code, reason, detail, context } = notice;
        const more = detail === null ? "" : ` (${detail})`;
        print(
          `${method} ${route}  ${status} ${code}: ${refusalSentence(reason)}${more}. ${explainCommand(context.requestId)}`,
        );
        return;
      }
      case "fault":
        print(`${notice.method} ${notice.route}  ${notice.status}: ${describe(notice.error)}`);
        return;
      case "guessing_suspected":
      case "revocations_restored":
        print(sentence(notice));
        return;
      case "page_report": {
        const { directive, blocked, page } = notice.report;
        print(
          `A page was kept by its policy (${directive}) from ${blocked ?? "something"}, at ${page ?? "an address"}.`,
        );
        return;
      }
      case "background_fault":
        print(`${notice.task}: ${describe(notice.error)}`);
        return;
      case "ledger_away":
        print(`The ledger is out of reach: ${describe(notice.error)}`);
        return;
      case "ledger_back":
        print(`The ledger is in reach again, after ${notice.seconds} s.`);
    }
  };
}

function describe(error: unknown): string {
  return error instanceof CounterfoilError ? error.message : "something went wrong that should not have";
}
