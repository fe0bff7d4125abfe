import type { IncomingMessage, ServerResponse } from "node:http";
import { TRACE_HEADER } from "../lab/traces.ts";

/** Lets the pages of one other origin, exactly that, ask this API and read what it says of their tokens (Fetch §3.3). */
export function allowOrigin(origin: string, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("Vary", "Origin");
  if (request.headers.origin !== origin) return;
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After");
  if (request.method !== "OPTIONS") return;
  response.setHeader("Access-Control-Allow-Methods", "GET, POST");
  // No cookie: a token is sent by whoever holds it, and by nothing else.
  response.setHeader("Access-Control-Allow-Headers", `Authorization, Content-Type, ${TRACE_HEADER}`);
  response.setHeader("Access-Control-Max-Age", "600");
}
