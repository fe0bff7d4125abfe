import { sessionCookieName } from "@counterfoil/protocol";
import { CookieVerifier } from "../cookie/cookie-verifier.ts";
import { introspectCookie } from "../cookie/introspection.ts";
import type { Feed } from "../feed/feed.ts";
import type { Connection, EndReason } from "../guard/connection.ts";
import type { VerifierClock } from "../clock.ts";
import type { Fetch } from "../fetch/fetch.ts";
import { every } from "../guard/every.ts";
import { ConnectionGuard } from "../guard/guard.ts";
import type { Guarded, GuardedAuth, GuardOptions } from "../guard/guard.ts";
import type { Verified } from "../kernel/examination.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { RequestAuth } from "./auth.ts";
import type { RequestHead } from "./head.ts";
import type { Soon } from "./soon.ts";
import { createRequestVerifier } from "./verify-request.ts";
import type { CookieSessions, RequestVerified, TokenChecked } from "./verify-request.ts";

export interface RequestOptions {
  readonly issuer: string;
  /** The verifier's: needed for session cookies. */
  readonly credential: { authorization(): string };
  /**
   * Takes session cookies, too: `host` where this service is on the issuer's own host, `domain` where the server has
   * `COUNTERFOIL_COOKIE_DOMAIN`. Left out, cookies are not read.
   */
  readonly sessionCookie?: "host" | "domain" | undefined;
  /** Origins whose pages may change something with the cookie, beside the issuer's own; exactly as a browser writes them. */
  readonly allowedOrigins?: readonly string[];
  readonly whenStale: "catch-up" | "reject" | "accept";
}

export interface RequestSources {
  readonly feed: Feed;
  readonly kernel: Pick<Kernel, "revocations"> & { readonly verify: (token: string) => Soon<Verified> };
  /** As the policy has it. */
  readonly verify: (token: string) => Soon<TokenChecked>;
  readonly clock: Pick<VerifierClock, "monotonic" | "after">;
  readonly fetch: Fetch;
  /** Told of each introspection that failed. */
  readonly onFailure?: (error: unknown) => void;
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
  const monotonic = () => clock.monotonic();
  const cookieVerifier = options.sessionCookie === undefined ? null : createCookieVerifier(options, sources);
  const cookies = cookieVerifier && cookieSessions(options, cookieVerifier);
  const requests = createRequestVerifier({ verify, cookies });

  /** Without the ledger: what is known against a credential that was good a moment ago. */
  function recheck(auth: GuardedAuth): EndReason | null {
    const token = requests.tokenOf(auth as RequestAuth);
    const verified = token === undefined ? null : kernel.verify(token);
    // Where signatures are promises, what the feed has told must do: nothing here may wait.
    if (verified !== null && !(verified instanceof Promise)) return reasonOf(verified);
    if (cookieVerifier?.isOutdated(auth as RequestAuth) === true) return "session_ended";
    if (kernel.revocations.has(auth.sid)) return "session_ended";
    return auth.claimsVersion < (kernel.revocations.claimsVersion(auth.sub) ?? 0) ? "claims_changed" : null;
  }

  const connections = new ConnectionGuard({
    feed,
    recheck,
    whenStale: options.whenStale,
    monotonic,
    every: every(clock),
  });
  const unsubscribe = feed.subscribe({
    told(entry) {
      cookieVerifier?.told(entry);
      connections.told(entry);
    },
    replaced() {
      // First, since the connections ask it.
      cookieVerifier?.replaced();
      connections.replaced();
    },
    changed: () => connections.changed(),
  });

  return {
    verifyRequest: requests.verifyRequest,
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

function reasonOf(verified: Verified): EndReason | null {
  if (verified.ok) return null;
  if (verified.reason === "claims_changed") return "claims_changed";
  return verified.reason === "expired" ? "token_expired" : "session_ended";
}

function createCookieVerifier(options: RequestOptions, sources: RequestSources): CookieVerifier {
  const { issuer, credential, whenStale } = options;
  const { feed, kernel, clock, fetch, onFailure } = sources;
  return new CookieVerifier({
    introspect: (cookie) => introspectCookie({ issuer, credential, fetch }, cookie),
    feed,
    revocations: kernel.revocations,
    whenStale,
    monotonic: () => clock.monotonic(),
    ...(onFailure === undefined ? undefined : { onFailure }),
  });
}

function cookieSessions(options: RequestOptions, cookieVerifier: CookieVerifier): CookieSessions {
  const { issuer, sessionCookie, allowedOrigins = [] } = options;
  if (sessionCookie !== "host" && sessionCookie !== "domain") {
    throw new TypeError('sessionCookie is "host" or "domain", or left out.');
  }
  const { origin, protocol, hostname } = new URL(issuer);
  return {
    cookieName: sessionCookieName({
      secure: protocol === "https:",
      domain: sessionCookie === "domain" ? hostname : null,
    }),
    ownOrigin: origin,
    allowedOrigins: new Set(allowedOrigins.map(checkOriginOption)),
    verify: (cookie) => cookieVerifier.verify(cookie),
  };
}

/** One with a path or a slash at its end would never match, and nobody would see why. */
function checkOriginOption(origin: string): string {
  if (URL.canParse(origin) && new URL(origin).origin === origin && origin !== "null") return origin;
  throw new TypeError("allowedOrigins are origins as a browser writes them, such as https://app.example.com.");
}
