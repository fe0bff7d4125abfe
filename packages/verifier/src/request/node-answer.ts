import type { RequestAuth } from "./auth.ts";
import { headOf } from "./node-head.ts";
import type { IncomingHead } from "./node-head.ts";
import type { RequestRefused } from "./refusal.ts";
import { roleCheck } from "./role.ts";
import type { Soon } from "./soon.ts";
import type { RequestAccepted, RequestVerified, RequestVerifier } from "./verify-request.ts";

/** Checks a request of `node:http`, or of what stands on it. At once where memory can answer; it may be awaited. */
export function authenticate(verifier: RequestVerifier, incoming: IncomingHead): Soon<RequestVerified> {
  return verifier.verifyRequest(headOf(incoming));
}

/** What is used of Node's `ServerResponse`. */
export interface OutgoingAnswer {
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  end(body: string): unknown;
}

export interface NodeOptions {
  /** The role that is required, or several of which one is enough. */
  readonly role?: string | readonly string[];
}

/**
 * A listener for `node:http` behind a check: `createServer(withAuth(verifier, (incoming, outgoing, auth) => …))`. Whom it
 * refuses it answers. Where memory can answer it calls the listener at once, without a promise.
 *
 * @throws TypeError for a role that is none
 */
export function withAuth<Incoming extends IncomingHead, Outgoing extends OutgoingAnswer>(
  verifier: RequestVerifier,
  listener: (incoming: Incoming, outgoing: Outgoing, auth: RequestAuth) => void,
  { role }: NodeOptions = {},
): (incoming: Incoming, outgoing: Outgoing) => void {
  const check = role === undefined ? () => null : roleCheck(typeof role === "string" ? [role] : role);
  return (incoming, outgoing) => {
    const admit = (seen: RequestVerified) => {
      const refusal = seen.ok ? check(seen.auth) : seen;
      if (refusal !== null) sendRefusal(outgoing, refusal);
      else listener(incoming, outgoing, (seen as RequestAccepted).auth);
    };
    const checked = authenticate(verifier, incoming);
    // A fault of the check is nobody's to answer here: it is told as any promise's of a listener that nobody awaits.
    if (checked instanceof Promise) void checked.then(admit);
    else admit(checked);
  };
}

/** Answers a refusal with `node:http`. */
export function sendRefusal(outgoing: OutgoingAnswer, { status, headers, body }: RequestRefused): void {
  const text = JSON.stringify(body);
  const length = new TextEncoder().encode(text).length;
  outgoing.writeHead(status, { ...headers, "Content-Type": "application/json", "Content-Length": length });
  outgoing.end(text);
}
