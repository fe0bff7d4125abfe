import { checkOrigin, readCredential, sessionCookieName } from "@counterfoil/protocol";
import type { RequestHead } from "../request/head.ts";
import { NOT_AUTHENTICATED, refuseRequest } from "../request/refusal.ts";
import type { Soon } from "../request/soon.ts";
import type { CookieRequests, RequestVerified } from "../request/verify-request.ts";

export interface CookieOptions {
  readonly issuer: string;
  /**
   * Takes session cookies, too, and asks the server about them: `host` where this service is on the issuer's own host,
   * `domain` where the server has `COUNTERFOIL_COOKIE_DOMAIN`. Left out, cookies are not read.
   */
  readonly sessionCookie?: "host" | "domain" | undefined;
  /** Origins whose pages may change something with the cookie, beside the issuer's; exactly as a browser writes them. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

/**
 * Checks the requests that come without a token, by their session cookie.
 *
 * @param verify checks a whole session token
 * @throws TypeError for options that cannot be meant
 */
export function createCookieRequests(
  { issuer, sessionCookie, allowedOrigins = [] }: CookieOptions,
  verify: (cookie: string) => Soon<RequestVerified>,
): CookieRequests {
  if (sessionCookie !== "host" && sessionCookie !== "domain") {
    throw new TypeError('sessionCookie is "host" or "domain", or left out.');
  }
  const { origin: ownOrigin, protocol, hostname } = new URL(issuer);
  const domain = sessionCookie === "domain" ? hostname : null;
  const cookieName = sessionCookieName({ secure: protocol === "https:", domain });
  // The issuer's pages are this service's, and to a browser another site's where this has a host or port of its own.
  const allowed = new Set([ownOrigin, ...allowedOrigins.map(checkOriginOption)]);

  return {
    cookieName,
    verifyRequest(head: RequestHead): Soon<RequestVerified> {
      const credential = readCredential(head, cookieName);
      if (credential.kind === "ambiguous" || credential.kind === "malformed") {
        return refuseRequest(credential.code, credential.why);
      }
      if (credential.kind !== "cookie") return NOT_AUTHENTICATED;
      // A token in a header is there because somebody put it there; a cookie comes with whatever a browser sends.
      const { method, headers } = head;
      const from = checkOrigin({ method, headers, ownOrigin, allowedOrigins: allowed, cookieName });
      if (from.ok) return verify(credential.token);
      return refuseRequest("csrf_refused", from.reason === "cross_site" ? CROSS_SITE : from.sentence);
    },
  };
}

const CROSS_SITE =
  "Refused: the request did not come from a page of the issuer's. If the page is yours, list its exact origin " +
  "(scheme, host and port) in the option allowedOrigins of this service's verifier.";

/** One with a path or a slash at its end would never match, and nobody would see why. */
function checkOriginOption(origin: string): string {
  if (URL.canParse(origin) && new URL(origin).origin === origin && origin !== "null") return origin;
  throw new TypeError("allowedOrigins are origins as a browser writes them, such as https://app.example.com.");
}
