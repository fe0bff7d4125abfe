import { readBearer } from "@counterfoil/protocol";
import type { ResourceErrorCode } from "@counterfoil/protocol";
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
      readonly code: ResourceErrorCode;
      readonly headers: Readonly<Record<string, string>>;
    };

/** What is done with a request without a token, where its session may come by cookie. */
export interface CookieRequests {
  readonly cookieName: string;
  verifyRequest(head: RequestHead): Soon<RequestVerified>;
}

export interface RequestParts {
  readonly verify: (token: string) => Soon<TokenChecked>;
  readonly cookies: CookieRequests | null;
}

const SCHEME = "Bearer ";

/** Checks requests by what checks their credentials (design: "One credential"). */
export function createRequestVerifier({ verify, cookies }: RequestParts) {
  const cookieName = cookies?.cookieName ?? null;

  function verifyRequest(head: RequestHead): Soon<RequestVerified> {
    const authorization = head.headers.get("authorization");
    // The form is looked at only if the token is refused, or has company: one that is accepted was of the right form.
    if (authorization === null || !authorization.startsWith(SCHEME) || head.url?.includes("?") === true) {
      return byForm(head);
    }
    return byToken(head, authorization.slice(SCHEME.length));
  }

  function byForm(head: RequestHead, refused?: { readonly token: string; readonly why: RequestRefused }) {
    const credential = readBearer(head, cookieName);
    switch (credential.kind) {
      case "none":
        return cookies === null ? NOT_AUTHENTICATED : cookies.verifyRequest(head);
      case "bearer":
        return credential.token === refused?.token ? refused.why : byToken(head, credential.token);
      case "ambiguous":
      case "malformed":
        // Two headers, or a form that is none: a mistake of the client's, which a new token would not mend.
        return refuseRequest(credential.code, credential.why);
    }
  }

  function byToken(head: RequestHead, token: string): Soon<RequestVerified> {
    const settle = (checked: TokenChecked) =>
      checked.ok ? checked : byForm(head, { token, why: refuseRequest(checked.code, undefined, checked.headers) });
    const checked = verify(token);
    return checked instanceof Promise ? checked.then(settle) : settle(checked);
  }

  return { verifyRequest };
}
