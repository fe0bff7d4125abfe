import { headOf } from "./node-head.ts";
import type { IncomingHead } from "./node-head.ts";
import type { RequestRefused } from "./refusal.ts";
import type { Soon } from "./soon.ts";
import type { RequestVerified, RequestVerifier } from "./verify-request.ts";

/** Checks a request of `node:http`, or of what stands on it. At once where memory can answer; it may be awaited. */
export function authenticate(verifier: RequestVerifier, incoming: IncomingHead): Soon<RequestVerified> {
  return verifier.verifyRequest(headOf(incoming));
}

/** What is used of Node's `ServerResponse`. */
export interface OutgoingAnswer {
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  end(body: string): unknown;
}

/** Answers a refusal with `node:http`. */
export function sendRefusal(outgoing: OutgoingAnswer, { status, headers, body }: RequestRefused): void {
  const text = JSON.stringify(body);
  const length = new TextEncoder().encode(text).length;
  outgoing.writeHead(status, { ...headers, "Content-Type": "application/json", "Content-Length": length });
  outgoing.end(text);
}
