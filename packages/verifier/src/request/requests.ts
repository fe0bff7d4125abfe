import { sessionCookieName } from "@counterfoil/protocol";
import { CookieVerifier } from "../cookie/cookie-verifier.ts";
import { introspectCookie } from "../cookie/introspection.ts";
import type { Feed } from "../feed/feed.ts";
import type { Connection, EndReason } from "../guard/connection.ts";
import { every as everySoOften } from "../guard/every.ts";
import { ConnectionGuard } from "../guard/guard.ts";
import type { Guarded, GuardedAuth, GuardOptions } from "../guard/guard.ts";
import type { Fetch } from "../fetch/fetch.ts";
import type { Verified } from "../kernel/examination.ts";
import type { RequestAuth } from "./auth.ts";
import type { RequestHead } from "./head.ts";
import type { Soon } from "./soon.ts";
import { createRequestVerifier } from "./verify-request.ts";
import type { CookieSessions, RequestVerified, TokenChecked } from "./verify-request.ts";
import type { Settings } from "../verifier/options.ts";
import type { PlatformKernel } from "../verifier/verifier.ts";

/** Of the verifier's own. */
export type RequestOptions = Pick<Settings, "issuer" | "credential" | "sessionCookie" | "allowedOrigins" | "whenStale">;

export interface RequestSources {
  readonly feed: Feed;
  readonly kernel: Pick<PlatformKernel, "verify" | "revocations">;
  /** As the policy has it. */
  readonly verify: (token: string) => Soon<TokenChecked>;
  readonly monotonic: () => number;
  readonly fetch: Fetch;
  readonly every?: (milliseconds: number, run: () => void) => () => void;
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
  const { feed, kernel, verify, monotonic, every = everySoOften } = sources;
  const cookieVerifier = options.sessionCookie === undefined ? null : createCookieVerifier(options, sources);
  const cookies = cookieVerifier && cookieSessions(options, cookieVerifier);
  const requests = createRequestVerifier({ verify, cookies });

  /** Without the ledger: what is known against a credential that was good a moment ago. */
  function recheck(auth: GuardedAuth): EndReason | null {
    const token = requests.tokenOf(auth as RequestAuth);
    const verified = token === undefined ? null : kernel.verify(token);
    // A platform whose signatures are promises answers at once only for tokens that it remembers.
    if (verified !== null && !(verified instanceof Promise)) return endReason(verified);
    if (cookieVerifier?.isOutdated(auth as RequestAuth) === true) return "session_ended";
    if (kernel.revocations.has(auth.sid)) return "session_ended";
    return auth.claimsVersion < (kernel.revocations.claimsVersion(auth.sub) ?? 0) ? "claims_changed" : null;
  }

  const connections = new ConnectionGuard({ feed, recheck, whenStale: options.whenStale, monotonic, every });
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
      connections.close();
    },
  };
}

function endReason(verified: Verified): EndReason | null {
  if (verified.ok) return null;
  if (verified.reason === "claims_changed") return "claims_changed";
  return verified.reason === "expired" ? "token_expired" : "session_ended";
}

function createCookieVerifier(options: RequestOptions, sources: RequestSources): CookieVerifier {
  const { issuer, credential, whenStale } = options;
  const { feed, kernel, monotonic, fetch, onFailure } = sources;
  return new CookieVerifier({
    introspect: (cookie) => introspectCookie({ issuer, credential, fetch }, cookie),
    feed,
    revocations: kernel.revocations,
    whenStale,
    monotonic,
    ...(onFailure === undefined ? undefined : { onFailure }),
  });
}

function cookieSessions(options: RequestOptions, cookieVerifier: CookieVerifier): CookieSessions {
  const { issuer, sessionCookie, allowedOrigins } = options;
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
