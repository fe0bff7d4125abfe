import { checkOrigin, readCredential } from "@counterfoil/protocol";
import type { Credential, ErrorCode } from "@counterfoil/protocol";
import type { Auth } from "../token/auth.ts";
import type { RequestAuth } from "./auth.ts";
import type { RequestHead } from "./head.ts";
import { NOT_AUTHENTICATED, refuseRequest } from "./refusal.ts";
import type { RequestRefused } from "./refusal.ts";
import type { Soon } from "./soon.ts";

export interface RequestAccepted {
  readonly ok: true;
  readonly auth: RequestAuth;
}

export type RequestVerified = RequestAccepted | RequestRefused;

/** Whatever checks requests: the stand-alone verifier, and `cf.verifier` of the server. All that an adapter needs. */
export interface RequestVerifier {
  /**
   * Checks a request by its credential, and by where it comes from if that is the cookie. A refusal is a value, and
   * ready to be answered with.
   */
  verifyRequest(head: RequestHead & { readonly url: string }): Soon<RequestVerified>;
}

/** What the check of a token says. */
export type TokenChecked =
  | { readonly ok: true; readonly auth: Auth }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
    };

/** The sessions that come by cookie, where a service of the same host or domain takes them. */
export interface CookieSessions {
  readonly cookieName: string;
  /** Of the issuer: its pages are this service's. */
  readonly ownOrigin: string;
  readonly allowedOrigins: ReadonlySet<string>;
  /** @param cookie the whole session token */
  readonly verify: (cookie: string) => Soon<RequestVerified>;
}

export interface RequestParts {
  readonly verify: (token: string) => Soon<TokenChecked>;
  readonly cookies: CookieSessions | null;
}

const SCHEME = "Bearer ";

/** Checks requests by what checks their credentials (design: "One credential"). */
export function createRequestVerifier(parts: RequestParts) {
  const { verify, cookies } = parts;
  const cookieName = cookies?.cookieName ?? null;
  const acceptedTokens = new WeakMap<Auth, RequestAccepted>();
  const tokens = new WeakMap<RequestAuth, string>();

  function verifyRequest(head: RequestHead): Soon<RequestVerified> {
    const authorization = head.headers.get("authorization");
    // The form is looked at only if the token is refused, or has company: one that is accepted was of the right form.
    if (authorization === null || !authorization.startsWith(SCHEME) || head.url?.includes("?") === true) {
      return byCredential(head, readCredential(head, cookieName));
    }
    return byBearer(head, authorization.slice(SCHEME.length));
  }

  function byBearer(head: RequestHead, token: string): Soon<RequestVerified> {
    const checked = verify(token);
    return checked instanceof Promise
      ? checked.then((settled) => byToken(head, token, settled))
      : byToken(head, token, checked);
  }

  function byCredential(head: RequestHead, credential: Credential): Soon<RequestVerified> {
    switch (credential.kind) {
      case "none":
        return NOT_AUTHENTICATED;
      case "ambiguous":
      case "malformed":
        return refuseRequest(credential.code, credential.why);
      case "bearer":
        return byBearer(head, credential.token);
      case "cookie":
        return byCookie(head, credential.token);
    }
  }

  function byToken(head: RequestHead, token: string, checked: TokenChecked): Soon<RequestVerified> {
    if (checked.ok) return acceptedTokens.get(checked.auth) ?? accept(checked.auth, token);
    const credential = readCredential(head, cookieName);
    if (credential.kind === "bearer" && credential.token === token) {
      return refuseRequest(checked.code, undefined, checked.headers);
    }
    // Two headers, or a form that is none: a mistake of the client's, which a new token would not mend.
    return byCredential(head, credential);
  }

  function accept(auth: Auth, token: string): RequestAccepted {
    const accepted: RequestAccepted = Object.freeze({ ok: true, auth: toRequestAuth(auth) });
    acceptedTokens.set(auth, accepted);
    tokens.set(accepted.auth, token);
    return accepted;
  }

  function byCookie({ method, headers }: RequestHead, cookie: string): Soon<RequestVerified> {
    const { ownOrigin, allowedOrigins, cookieName: name, verify: verifyCookie } = cookies!;
    // A token in a header is there because somebody put it there; a cookie comes with whatever a browser sends.
    const from = checkOrigin({ method, headers, ownOrigin, allowedOrigins, cookieName: name });
    return from.ok ? verifyCookie(cookie) : refuseRequest("csrf_refused", from.sentence);
  }

  return {
    verifyRequest,
    /** The access token that this was accepted by; `undefined` if it was none, or was not accepted here. */
    tokenOf: (auth: RequestAuth): string | undefined => tokens.get(auth),
  };
}

function toRequestAuth(auth: Auth): RequestAuth {
  const { sub, sid, roles, authTime, amr, claimsVersion, expiresAt, claims } = auth;
  return Object.freeze({
    sub,
    sid,
    roles,
    authTime,
    amr,
    claimsVersion,
    expiresAt,
    via: "access_token" as const,
    claims,
  });
}
