import { systemClock } from "@counterfoil/core";
import type { Counterfoil } from "../../counterfoil.ts";
import type { Exchange, RawHeader } from "./exchange.ts";
import { MAX_TRACED_BYTES, TRACE_HEADER, Traces } from "./traces.ts";

/** The server's handler, which keeps the requests that ask for it; all others it passes on as they are. */
export function tracedFetch(fetch: Counterfoil["fetch"], traces: Traces): Counterfoil["fetch"] {
  return (request, info) => {
    const id = Traces.idOf(request.headers.get(TRACE_HEADER), request.url);
    return id === null ? fetch(request, info) : trace({ id, traces, request, answer: () => fetch(request, info) });
  };
}

interface Traced {
  readonly id: string;
  readonly traces: Traces;
  readonly request: Request;
  readonly answer: () => Promise<Response>;
}

async function trace({ id, traces, request, answer }: Traced): Promise<Response> {
  const startedAt = systemClock.monotonic();
  const { method, url } = request;
  const asked = { method, url, headers: [...request.headers], body: "" };
  const body = request.body === null ? "" : upTo(request.clone().body);
  const response = await answer();
  // A stream has no end: what is kept of it is that it began.
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const text = isStream ? "" : await upTo(response.clone().body);
  const headers: RawHeader[] = [...response.headers];
  const exchange: Exchange = {
    request: { ...asked, body: await body },
    answer: { status: response.status, headers, body: text },
    duration_ms: Math.round((systemClock.monotonic() - startedAt) * 10) / 10,
  };
  // Before the answer goes out: whoever has read it may ask for the trace.
  traces.keep(id, exchange);
  return response;
}

async function upTo(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  const reader = body.getReader();
  try {
    while (text.length < MAX_TRACED_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // Its sender hung up.
  }
  reader.cancel().catch(() => undefined);
  return text.slice(0, MAX_TRACED_BYTES);
}
