import type { EventContext, RefusalReason, RestoredRevocations } from "@counterfoil/core";
import type { PageReport } from "./pages/page-reports.ts";

/** What a log would say: no secret is in it, and each names the request that `counterfoil explain` explains. */
export type Notice =
  | {
      readonly type: "refused";
      readonly method: string;
      readonly route: string;
      readonly status: number;
      readonly code: string;
      readonly reason: RefusalReason;
      readonly detail: string | null;
      readonly sid: string | null;
      readonly context: EventContext;
    }
  | {
      readonly type: "fault";
      readonly method: string;
      readonly route: string;
      readonly status: number;
      readonly error: unknown;
      readonly context: EventContext;
    }
  /** More forged session or refresh tokens came from one address than mistakes explain. */
  | { readonly type: "guessing_suspected"; readonly count: number; readonly context: EventContext | null }
  /** A browser says that a web page tried what its policy forbids; `untold` more were not told of before it. */
  | {
      readonly type: "page_report";
      readonly report: PageReport;
      readonly untold: number;
      readonly context: EventContext;
    }
  /** The ledger had lost these, and was given them back: the database's standby had not all that was committed. */
  | ({ readonly type: "revocations_restored" } & RestoredRevocations)
  /** The revocation log can no longer be read; until it can, faults of the ledger follow from that. */
  | { readonly type: "ledger_away"; readonly error: unknown }
  /** It can be read again, after so many seconds. */
  | { readonly type: "ledger_back"; readonly seconds: number }
  /** Work behind the requests that did not succeed this time; it is tried again. */
  | { readonly type: "background_fault"; readonly task: BackgroundTask; readonly error: unknown };

export type BackgroundTask =
  | "purge"
  | "events"
  | "activity"
  | "feed"
  | "keys"
  | "secrets"
  | "password_reset"
  | "security_events";

export type NoticeSink = (notice: Notice) => void;

/** A log that fails is no reason to fail a request, or to end the process from work behind the requests. */
export function guardedSink(sink: NoticeSink): NoticeSink {
  return (notice) => {
    try {
      // An async one is a sink to TypeScript as well, and nobody waits for it.
      const told: unknown = sink(notice);
      if (told instanceof Promise) told.catch(() => undefined);
    } catch {
      // Where would it be told?
    }
  };
}
