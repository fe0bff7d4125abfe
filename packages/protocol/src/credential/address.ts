import { PREFIXES } from "./prefix.ts";

/** A credential where none belongs. `code` and `why` are what to answer. */
export interface InAddress {
  readonly kind: "malformed";
  readonly code: "invalid_request";
  readonly why: string;
}

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

/** The refusal of a request that has a token in its address; `null` where there is none. */
export function tokenInAddress(url: string, cookieName: string | null): InAddress | null {
  return hasInAddress(url, cookieName, TOKEN_PREFIXES) ? IN_ADDRESS : null;
}

/**
 * The refusal of a request to a route of ours that has a token, a verifier's credential or a one-time code in its
 * address; `null` where there is none.
 */
export function secretInAddress(url: string, cookieName: string): InAddress | null {
  return hasInAddress(url, cookieName, SECRET_PREFIXES) ? IN_ADDRESS : null;
}

const IN_ADDRESS: InAddress = {
  kind: "malformed",
  code: "invalid_request",
  why:
    "A token or a one-time code does not belong in an address, which is logged and remembered on its way: send a token " +
    "in the header `Authorization: Bearer …`, a code in the body, and count the one in the address as leaked.",
};

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
