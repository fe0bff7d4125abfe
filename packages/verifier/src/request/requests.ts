import { CookieVerifier } from "../cookie/cookie-verifier.ts";
import { createCookieRequests } from "../cookie/cookie-requests.ts";
import type { CookieOptions } from "../cookie/cookie-requests.ts";
import { introspectCookie } from "../cookie/introspection.ts";
import type { Feed } from "../feed/feed.ts";
import { endReasonOf } from "../guard/connection.ts";
import type { Connection, EndReason } from "../guard/connection.ts";
import type { VerifierClock } from "../clock.ts";
import type { Fetch } from "../fetch/fetch.ts";
import { every } from "../guard/every.ts";
import { ConnectionGuard } from "../guard/guard.ts";
import type { Guarded, GuardedAuth, GuardOptions } from "../guard/guard.ts";
import type { KernelState } from "../kernel/examination.ts";
import type { RequestAuth } from "./auth.ts";
import type { RequestHead } from "./head.ts";
import type { Soon } from "./soon.ts";
import { createRequestVerifier } from "./verify-request.ts";
import type { RequestVerified, TokenChecked } from "./verify-request.ts";

export interface RequestOptions extends CookieOptions {
  /** The verifier's: needed for session cookies. */
  readonly credential: { authorization(): string };
  readonly whenStale: "catch-up" | "reject" | "accept";
  readonly feed: "stream" | "poll";
}

export interface RequestSources {
  readonly feed: Feed;
  readonly kernel: Pick<KernelState, "revocations" | "recheck">;
  /** As the policy has it. */
  readonly verify: (token: string) => Soon<TokenChecked>;
  readonly clock: Pick<VerifierClock, "monotonic" | "after">;
  readonly fetch: Fetch;
  /** Told of each introspection that failed. */
  readonly onFailure?: (error: unknown) => void;
  /** Told of each answer about a cookie. */
  readonly onCookie?: (seen: RequestVerified) => void;
}

/** All that a verifier does with requests and connections. */
export interface Requests {
  verifyRequest(head: RequestHead): Soon<RequestVerified>;
  guard(auth: GuardedAuth, connection: Connection, options?: GuardOptions): Guarded;
  /** How many there are, for metrics. */
  readonly sizes: { readonly connections: number; readonly cookies: number };
  /** Ends the guarded connections: nobody would be told of a revocation any more. */
  close(): void;
}

/** @throws TypeError for options that cannot be meant */
export function createRequests(options: RequestOptions, sources: RequestSources): Requests {
  const { feed, kernel, verify, clock } = sources;
  const cookieVerifier = options.sessionCookie === undefined ? null : createCookieVerifier(options, sources);
  const cookies = cookieVerifier && createCookieRequests(options, verifyCookie(cookieVerifier, sources));
  const { verifyRequest } = createRequestVerifier({ verify, cookies });

  /** Without the ledger: what is known against a credential that was good a moment ago. */
  function recheck(auth: GuardedAuth): EndReason | null {
    if (cookieVerifier?.isOutdated(auth as RequestAuth) === true) return "session_ended";
    return endReasonOf(kernel.recheck(auth));
  }

  const connections = new ConnectionGuard({
    feed,
    recheck,
    whenStale: options.whenStale,
    polls: options.feed === "poll",
    monotonic: () => clock.monotonic(),
    every: every(clock),
  });
  const unsubscribe = feed.subscribe({
    told(entry) {
      cookieVerifier?.told(entry);
      connections.told(entry);
    },
    toldAnew() {
      // First, since the connections ask it.
      cookieVerifier?.toldAnew();
      connections.toldAnew();
    },
    changed: () => connections.changed(),
  });

  return {
    verifyRequest,
    guard: (auth, connection, guardOptions) => connections.guard(auth, connection, guardOptions),
    get sizes() {
      return { connections: connections.size, cookies: cookieVerifier?.size ?? 0 };
    },
    close() {
      unsubscribe();
      cookieVerifier?.close();
      connections.close();
    },
  };
}

function verifyCookie(cookieVerifier: CookieVerifier, { onCookie }: RequestSources) {
  const tell = (seen: RequestVerified) => {
    onCookie?.(seen);
    return seen;
  };
  return (cookie: string): Soon<RequestVerified> => {
    const seen = cookieVerifier.verify(cookie);
    return seen instanceof Promise ? seen.then(tell) : tell(seen);
  };
}

function createCookieVerifier(options: RequestOptions, sources: RequestSources): CookieVerifier {
  const { issuer, credential, whenStale } = options;
  const { feed, kernel, clock, fetch, onFailure } = sources;
  return new CookieVerifier({
    introspect: (cookie, limitMs) => introspectCookie({ issuer, credential, fetch }, cookie, limitMs),
    feed,
    revocations: kernel.revocations,
    whenStale,
    clock,
    ...(onFailure === undefined ? undefined : { onFailure }),
  });
}
