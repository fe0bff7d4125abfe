import { PREFIXES } from "./prefix.ts";
import { readSessionCookie } from "./session-cookie.ts";

/** The one credential of a request, or why there is none to go by. `code` and `why` are what to answer. */
export type Credential =
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "cookie"; readonly token: string }
  | { readonly kind: "none" }
  | { readonly kind: "ambiguous"; readonly code: "ambiguous_credentials"; readonly why: string }
  | { readonly kind: "malformed"; readonly code: "invalid_request" | "invalid_session"; readonly why: string };

/** What is asked of a request: a `Request` will do. */
export interface CredentialCarrier {
  /** An address or a path; looked at for a token that does not belong there. */
  readonly url?: string;
  readonly headers: Pick<Headers, "get">;
}

/** One space or more, then token68 (RFC 6750 §2.1, RFC 9110 §11.2). Each part ends where the next one begins. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/;

/** No token of ours comes near it; a longer one is refused before anything reads it (ASVS V1.3.3). */
const MAX_TOKEN_LENGTH = 16 * 1024;

const SECRET_PREFIXES: readonly string[] = Object.values(PREFIXES);
/** The application's own addresses come here too, and the one that it mails to a user may hold a one-time code. */
const TOKEN_PREFIXES = SECRET_PREFIXES.filter((prefix) => prefix !== PREFIXES.passwordCode);

const TOKEN_PARAMETERS: ReadonlySet<string> = new Set([
  "access_token",
  "refresh_token",
  "id_token",
  "session_token",
  "session_id",
  "token",
  "jwt",
  "bearer",
  "authorization",
]);

/**
 * The request's credential. `Authorization` decides alone where it is present: browsers add the cookie by themselves,
 * so beside it the cookie is not even read. Whatever came twice is refused, since one part of a system would go by the
 * first and another by the last (ASVS V4.2.1). Never throws.
 *
 * @param cookieName from `sessionCookieName`; `null` where cookies are none of ours
 */
export function readCredential(request: CredentialCarrier, cookieName: string | null): Credential {
  if (hasInAddress(request.url ?? "", cookieName, TOKEN_PREFIXES)) return inAddress();
  const authorization = request.headers.get("authorization");
  if (authorization !== null) return readAuthorization(authorization);

  if (cookieName === null) return { kind: "none" };
  const cookie = readSessionCookie(request.headers.get("cookie"), cookieName);
  switch (cookie.kind) {
    case "found":
      return { kind: "cookie", token: cookie.value };
    case "absent":
      return { kind: "none" };
    case "ambiguous":
      return ambiguous(cookie.why);
    case "malformed":
      // 401 and not 400: a browser would send it for ever, and what helps is a new sign-in (ASVS V1.3.3).
      return { kind: "malformed", code: "invalid_session", why: cookie.why };
  }
}

/**
 * The refusal of a request to a route of ours that has a token, a verifier's credential or a one-time code in its
 * address; `null` where there is none.
 */
export function secretInAddress(
  url: string,
  cookieName: string,
): Extract<Credential, { readonly kind: "malformed" }> | null {
  return hasInAddress(url, cookieName, SECRET_PREFIXES) ? inAddress() : null;
}

/** Whether a text has the form of a token (RFC 6750 §2.1) and is of a length that one can have. */
export function isTokenText(text: string): boolean {
  return text.length <= MAX_TOKEN_LENGTH && TOKEN68.test(text);
}

function readAuthorization(header: string): Credential {
  if (header.length > MAX_TOKEN_LENGTH) return malformed("The Authorization header is longer than any token.");
  // Two headers arrive joined by a comma (RFC 9110 §5.3), and no bearer token has one.
  if (header.includes(",")) return ambiguous("Send one Authorization header, with one token: a comma joins two.");
  const token = BEARER.exec(header)?.[1];
  if (token !== undefined) return { kind: "bearer", token };
  return malformed(
    /^bearer(?: |$)/i.test(header)
      ? "What follows `Bearer` must be one token, exactly as it was issued."
      : "Only `Authorization: Bearer <token>` is understood here.",
  );
}

function inAddress(): Extract<Credential, { readonly kind: "malformed" }> {
  return malformed(
    "A token or a one-time code does not belong in an address, which is logged and remembered on its way: send a token " +
      "in the header `Authorization: Bearer …`, a code in the body, and count the one in the address as leaked.",
  );
}

function hasInAddress(url: string, cookieName: string | null, prefixes: readonly string[]): boolean {
  const start = url.indexOf("?");
  if (start < 0) return false;
  for (const [name, value] of new URLSearchParams(url.slice(start).split("#", 1)[0])) {
    if (TOKEN_PARAMETERS.has(name.toLowerCase()) || name === cookieName) return true;
    // Under whatever name: these texts are nothing but credentials.
    if (prefixes.some((prefix) => value.startsWith(prefix))) return true;
  }
  return false;
}

function ambiguous(why: string): Credential {
  return { kind: "ambiguous", code: "ambiguous_credentials", why };
}

function malformed(why: string): Extract<Credential, { readonly kind: "malformed" }> {
  return { kind: "malformed", code: "invalid_request", why };
}
