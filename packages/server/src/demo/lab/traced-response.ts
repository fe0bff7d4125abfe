import type { IncomingMessage, ServerResponse } from "node:http";
import { systemClock } from "@counterfoil/core";
import { MAX_TRACED_BYTES, TRACE_HEADER, Traces } from "./traces.ts";

/**
 * Keeps a request to the sample API, if it asks for it, and what is answered to it.
 *
 * @param origin the API's own
 */
export function traceResponse(
  traces: Traces,
  origin: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const id = Traces.idOf(request.headers[TRACE_HEADER.toLowerCase()] as string | undefined, request.url ?? "");
  if (id === null) return;
  const startedAt = systemClock.monotonic();
  const { method = "GET", url = "/", rawHeaders } = request;
  const headers = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1]!] as const] : []));
  const end = response.end.bind(response);
  const ended = (body?: unknown) => {
    traces.keep(id, {
      request: { method, url: origin + url, headers, body: "" },
      answer: {
        status: response.statusCode,
        headers: Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)] as const),
        body: typeof body === "string" ? body.slice(0, MAX_TRACED_BYTES) : "",
      },
      duration_ms: Math.round((systemClock.monotonic() - startedAt) * 10) / 10,
    });
    return end(body as string);
  };
  response.end = ended as typeof response.end;
}
