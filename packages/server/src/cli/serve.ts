import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { composeCounterfoil } from "../compose.ts";
import { ROUTES } from "../http/routes/table.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { serveConfiguration } from "../serve/configuration.ts";
import { openListeners } from "../serve/listeners.ts";
import { createLog, noticeLog } from "../serve/log.ts";
import { untilStopped } from "../serve/stop.ts";
import { addSettingFlags, serverEnvironment } from "./environment-flags.ts";

export function addServe(program: Command): void {
  const command = program
    .command("serve")
    .description("run the server; its log is JSON, one line an entry, on standard output")
    .option("--json", "errors at the start as JSON");
  addSettingFlags(command, [
    "COUNTERFOIL_HOST",
    "COUNTERFOIL_PORT",
    "COUNTERFOIL_DATA",
    "COUNTERFOIL_ISSUER",
    "COUNTERFOIL_TRUST_PROXY",
    "COUNTERFOIL_INSECURE_HTTP",
    "COUNTERFOIL_METRICS_PORT",
    "COUNTERFOIL_METRICS_HOST",
    "COUNTERFOIL_ADMIN_PORT",
    "COUNTERFOIL_ADMIN_HOST",
    "COUNTERFOIL_DRAIN_SECONDS",
    "COUNTERFOIL_LOG_LEVEL",
  ]).action(serve);
}

async function serve(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const configuration = serveConfiguration(serverEnvironment(flags));
  const log = createLog(configuration.logLevel);
  const metrics = configuration.metrics === null ? null : createMetrics();
  const options = { ...configuration.options, onNotice: noticeLog(log) };
  const cf = composeCounterfoil(options, ROUTES, undefined, metrics);
  try {
    await cf.ready();
    const listening = await openListeners(cf, metrics, configuration);
    try {
      if (!cf.issuer.startsWith("https:")) {
        log.warn(
          "plain http: the cookie has no Secure flag and no __Host- prefix; for development on this machine only",
        );
      }
      if (cf.issuer.startsWith("https:") && configuration.trustProxy === null) {
        log.warn(
          "https, but no proxy is named: behind one all clients are one address, and a stranger's guesses lock the owner out; name it with --trust-proxy",
        );
      }
      const { host, port, admin, metrics: metricsAt } = configuration;
      // First: whoever reads that it listens may stop it at once.
      const stopped = untilStopped();
      log.info({ issuer: cf.issuer, host, port, admin, metrics: metricsAt }, "listening");
      const signal = await stopped;
      // Who stops it at a terminal waits for no balancer.
      const seconds = signal === "SIGINT" ? 0 : configuration.drainSeconds;
      log.info({ signal, seconds }, "stopping: requests under way may end; a second signal ends it at once");
      cf.announceStop();
      listening.leave();
      await sleep(seconds * 1000);
    } finally {
      await listening[Symbol.asyncDispose]();
    }
  } finally {
    await cf[Symbol.asyncDispose]();
  }
}
