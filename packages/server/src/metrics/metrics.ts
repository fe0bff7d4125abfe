import type { Purged } from "@counterfoil/core";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Notice } from "../notice.ts";
import type { Services } from "../services.ts";
import { VERSION } from "../version.ts";

/** What the server counts. No label holds anything that came from outside: each has as many values as our code has. */
export interface Metrics {
  /** One answer of a route. `route` is the path as the table of routes writes it. */
  answered(method: string, route: string, status: number, seconds: number): void;
  noticed(notice: Notice): void;
  purged(counts: Purged): void;
  /** What is read at each look, from a server that runs. */
  observe(services: Services): void;
}

/** The same, as Prometheus reads it. */
export interface MetricsText {
  readonly contentType: string;
  read(): Promise<string>;
}

/** Where an answer from memory, one transaction, and a password each have their place. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5];

/** A registry of its own: an application in the same process may have one too, and so may a second server. */
export function createMetrics(): Metrics & MetricsText {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "counterfoil_build_info",
    help: "1, with the version that runs.",
    labelNames: ["version"],
    registers,
  }).set({ version: VERSION }, 1);
  const requests = new Counter({
    name: "counterfoil_http_requests_total",
    help: "Answers, by method, route and status.",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "counterfoil_http_request_duration_seconds",
    help: "From the request to its answer, by route.",
    labelNames: ["method", "route"],
    buckets: SECONDS,
    registers,
  });
  const refusals = new Counter({
    name: "counterfoil_refusals_total",
    help: "Refused requests, by the reason that the event log has.",
    labelNames: ["reason"],
    registers,
  });
  const guesses = new Counter({
    name: "counterfoil_guessing_suspected_total",
    help: "Times that more forged session or refresh tokens came from one address than mistakes explain.",
    registers,
  });
  const pageReports = new Counter({
    name: "counterfoil_page_reports_total",
    help: "Browsers' reports of what the web pages' policy kept them from.",
    registers,
  });
  const restorations = new Counter({
    name: "counterfoil_revocations_restored_total",
    help: "Times that the ledger had lost revocations, and was given them back by this process.",
    registers,
  });
  const faults = new Counter({
    name: "counterfoil_faults_total",
    help: "Faults of the server's own: of a request, or of a task behind the requests.",
    labelNames: ["task"],
    registers,
  });
  const purged = new Counter({
    name: "counterfoil_purged_rows_total",
    help: "Dead rows that this process has deleted, by kind.",
    labelNames: ["kind"],
    registers,
  });
  return {
    answered(method, route, status, seconds) {
      requests.inc({ method, route, status });
      durations.observe({ method, route }, seconds);
    },
    noticed(notice) {
      if (notice.type === "refused") refusals.inc({ reason: notice.reason });
      else if (notice.type === "guessing_suspected") guesses.inc();
      else if (notice.type === "page_report") pageReports.inc(notice.untold + 1);
      else if (notice.type === "revocations_restored") restorations.inc();
      else if (notice.type === "fault") faults.inc({ task: "request" });
      else if (notice.type === "background_fault") faults.inc({ task: notice.task });
    },
    purged(counts) {
      for (const [kind, count] of Object.entries(counts)) if (count > 0) purged.inc({ kind }, count);
    },
    observe: (services) => observe(registry, services),
    contentType: registry.contentType,
    read: () => registry.metrics(),
  };
}

function observe(registry: Registry, services: Services): void {
  const { activity, cache, feedStreams, follower, kernel, ledger, pageStreams, recorder, secrets, signIn } = services;
  const { connections } = ledger;
  const gauges: Readonly<Record<string, readonly [help: string, read: () => number]>> = {
    counterfoil_log_staleness_seconds: [
      "Age of the newest receipt of the revocation log; from 1 on nothing is answered from memory.",
      () => follower.stalenessMs / 1000,
    ],
    counterfoil_cached_sessions: ["Sessions in this process's memory.", () => cache.size],
    counterfoil_cached_tokens: ["Verified access tokens in this process's memory.", () => kernel.sizes.cachedTokens],
    counterfoil_revocations: ["Entries of the revocation set.", () => kernel.sizes.revocations],
    counterfoil_feed_readers: ["Services that follow the revocation feed here.", () => feedStreams.size],
    counterfoil_open_pages: ["Users' pages that hear of their session here.", () => pageStreams.size],
    counterfoil_password_checks: ["Passwords that are being checked.", () => signIn.places.running],
    counterfoil_password_checks_waiting: ["Passwords that wait for it.", () => signIn.places.waiting],
    counterfoil_activity_waiting: ["Sessions whose activity is not written yet.", () => activity.waiting],
    counterfoil_events_waiting: ["Events that are not written yet.", () => recorder.waiting],
    counterfoil_missing_secrets: ["Secrets in use elsewhere that this server lacks.", () => secrets.missing.length],
    ...(connections !== undefined && {
      counterfoil_database_connections_busy: ["Connections to the database in use.", () => connections().busy],
      counterfoil_database_connections_idle: ["Connections to the database that are free.", () => connections().idle],
      counterfoil_database_waiting: ["Operations that wait for a connection.", () => connections().waiting],
    }),
  };
  for (const [name, [help, read]] of Object.entries(gauges)) {
    // A start that failed behind this is tried again, with other parts.
    registry.removeSingleMetric(name);
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read());
      },
    });
    registry.registerMetric(gauge);
  }
}
