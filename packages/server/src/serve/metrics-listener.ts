import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { Place } from "../config/environment.ts";
import { SECURITY_HEADERS } from "../http/security-headers.ts";
import type { MetricsText } from "../metrics/metrics.ts";
import { listenOn } from "./listen.ts";

/**
 * `GET /metrics` on a port of its own (ASVS V13.4.5): who may see how a server does is not who may sign in there.
 *
 * @throws ConfigurationError if the address cannot be listened on
 */
export async function listenForMetrics(metrics: MetricsText, place: Place): Promise<AsyncDisposable> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (incoming, outgoing) => {
    const isRead = incoming.method === "GET" || incoming.method === "HEAD";
    if (incoming.url?.split("?", 1)[0] !== "/metrics") return answer(outgoing, 404, "There is /metrics here.\n");
    if (!isRead) return answer(outgoing.setHeader("Allow", "GET, HEAD"), 405, "Only GET and HEAD are answered.\n");
    metrics.read().then(
      (text) => answer(outgoing, 200, text, metrics.contentType),
      () => answer(outgoing, 500, "The metrics could not be read.\n"),
    );
  });
  await listenOn(server, place, "--metrics-port");
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(outgoing: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  outgoing.writeHead(status, { ...SECURITY_HEADERS, "Content-Type": type });
  outgoing.end(text);
}
