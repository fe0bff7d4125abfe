/** What decides where a cookie reaches. */
export interface CookieScope {
  /** Whether the public address is `https:`. */
  readonly secure: boolean;
  /** The domain whose subdomains share the session, where that was configured. */
  readonly domain?: string | null | undefined;
}

/** What a Cookie header says of the session. */
export type SessionCookie =
  | { readonly kind: "found"; readonly value: string }
  | { readonly kind: "absent" }
  /** There is a second one, or something that a laxer parser would take for one. Which is ours is not to be guessed. */
  | { readonly kind: "ambiguous"; readonly why: string }
  /** There is one, and no session token looks like that. */
  | { readonly kind: "malformed"; readonly why: string };

const BASE_NAME = "session_id";

/**
 * The session cookie's name. The prefix is the browser's promise of where the cookie came from (RFC 6265bis §4.1.3):
 * `__Host-` from this very host over https, `__Secure-` from some host of the domain over https, none on plain http.
 */
export function sessionCookieName(scope: CookieScope): string {
  if (!scope.secure) return BASE_NAME;
  const shared = scope.domain !== undefined && scope.domain !== null;
  return (shared ? "__Secure-" : "__Host-") + BASE_NAME;
}

/** RFC 6265bis lets a browser send more, but Node accepts no larger head of a request. */
const MAX_HEADER_LENGTH = 16 * 1024;
/** Name and value together, of any cookie (RFC 6265bis §5.5, ASVS V3.3.5). */
export const MAX_COOKIE_LENGTH = 4096;

/** Session tokens have no other characters, so no decoding and no unquoting: each has one spelling. */
const SESSION_VALUE = /^[A-Za-z0-9_-]*$/;

/**
 * The session cookie in a Cookie header, if it is there exactly once. Its name is compared whole, in its own case, and
 * behind `"; "` as browsers write it. Two of the name are refused, and so is the one beside something that resembles
 * it (other case, nameless `=name=…`, a leading space or bracket): that is how a sibling site or a script plants a
 * session of its own before the prefix check of an old browser (RFC 6265bis §5.4, §8.6). All other cookies of the
 * host, however odd, are none of our business.
 *
 * @param header the Cookie header, `null` where there is none
 * @param name from {@link sessionCookieName}
 */
export function readSessionCookie(header: string | null, name: string): SessionCookie {
  if (header === null) return { kind: "absent" };
  if (header.length > MAX_HEADER_LENGTH) {
    return { kind: "malformed", why: "The Cookie header is larger than 16 KiB: delete this site's cookies." };
  }
  let value: string | null = null;
  let resembling = 0;
  const genuine = `${name}=`;
  let first = true;
  for (const part of header.split(";")) {
    // One space belongs to the separator. A second one belongs to the name, which is then another.
    const pair = !first && part.startsWith(" ") ? part.slice(1) : part;
    first = false;
    if (pair.startsWith(genuine)) {
      value = pair.slice(genuine.length);
      resembling++;
    } else if (resembles(pair, name)) resembling++;
  }
  // Clients that know no Max-Age keep a deleted cookie as an empty one.
  if (value === null || (value === "" && resembling === 1)) return { kind: "absent" };
  if (resembling > 1) {
    return {
      kind: "ambiguous",
      why: `More than one ${name} cookie came with the request: delete this site's cookies.`,
    };
  }
  if (!SESSION_VALUE.test(value) || name.length + value.length > MAX_COOKIE_LENGTH) {
    return { kind: "malformed", why: `The ${name} cookie is not one that this server has set: sign in again.` };
  }
  return { kind: "found", value };
}

/** Whether some parser could take `pair`, which is not the genuine one, for a cookie called `name`. */
function resembles(pair: string, name: string): boolean {
  // PHP drops a leading space and reads `name[x]` as `name`; JavaScript's trim() also drops U+00A0 and U+FEFF, which
  // browsers leave in a name; nameless cookies come as `=value` or as the bare value.
  let start = 0;
  while (start < pair.length && (pair.charCodeAt(start) < 0x20 || LEADING.includes(pair[start]!))) start++;
  const end = start + name.length;
  if (pair.slice(start, end).toLowerCase() !== name.toLowerCase()) return false;
  const rest = pair.slice(end).trimStart();
  return rest === "" || rest.startsWith("=") || rest.startsWith("[");
}

const LEADING = ' ="[\u007f\u0085\u00a0\ufeff';
