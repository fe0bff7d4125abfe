import { readSessionCookie } from "./session-cookie.ts";

/** What is asked of a request's headers: `Headers` will do. */
type HeaderReader = Pick<Headers, "get" | "has">;

export interface OriginCheck {
  readonly method: string;
  readonly headers: HeaderReader;
  /** The origin of the issuer, such as `https://app.example.com`. Never the Host header, which is the sender's word. */
  readonly ownOrigin: string;
  /** Other origins whose pages may act for the user, exactly as a browser writes them. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** From `sessionCookieName`. */
  readonly cookieName: string;
}

export type OriginChecked =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: "cross_site" | "no_origin"; readonly sentence: string };

/** Their routes change nothing (RFC 9110 §9.2.1); but for a WebSocket's, which any page may open (ASVS V4.4.2). */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

const PASSED: OriginChecked = { ok: true };

/**
 * The guard against cross-site request forgery, for every request and `/login` too: a page of another site must not
 * sign a visitor in as somebody else either. Siblings (`same-site`) are other sites here; who has `evil.example.com`
 * has the user's cookies sent along.
 *
 * Clients that are not browsers, and so send neither `Sec-Fetch-Site` nor `Origin`, pass as long as they carry no
 * session cookie: nobody can make them send a request.
 */
export function checkOrigin(check: OriginCheck): OriginChecked {
  const { method, headers, ownOrigin, allowedOrigins, cookieName } = check;
  if (SAFE_METHODS.has(method) && headers.get("upgrade")?.toLowerCase() !== "websocket") return PASSED;

  const origin = headers.get("origin");
  // `null` is what sandboxed frames and `file:` pages of anybody send, so it cannot be listed (ASVS V3.4.2).
  if (origin !== null && origin !== "null" && allowedOrigins.has(origin)) return PASSED;

  switch (headers.get("sec-fetch-site") ?? "") {
    case "same-origin":
    case "none":
      return PASSED;
    case "same-site":
    case "cross-site":
      return CROSS_SITE;
    default:
      // Absent: an older browser, plain http, or no browser at all. A value that no browser sends says nothing.
      break;
  }
  if (origin !== null) return origin === ownOrigin && origin !== "null" ? PASSED : CROSS_SITE;
  if (readSessionCookie(headers.get("cookie"), cookieName).kind === "absent") return PASSED;
  return {
    ok: false,
    reason: "no_origin",
    sentence:
      "Refused: a request with the session cookie must say where it comes from. Browsers send Sec-Fetch-Site or Origin " +
      `by themselves; anything else that signs in by cookie sends the header \`Origin: ${ownOrigin}\`.`,
  };
}

const CROSS_SITE: OriginChecked = {
  ok: false,
  reason: "cross_site",
  sentence:
    "Refused: the request did not come from this site. If the page is yours, list its exact origin (scheme, host and " +
    "port) in allowedOrigins (COUNTERFOIL_ALLOWED_ORIGINS).",
};
