/** What decides where a cookie reaches. */
export interface CookieScope {
  /** Whether the public address is `https:`. */
  readonly secure: boolean;
  /** The domain whose subdomains share the session, where that was configured. */
  readonly domain?: string | null | undefined;
}

export interface Cookie extends CookieScope {
  readonly name: string;
  readonly value: string;
  /** Left out, the cookie ends with the browser (NIST SP 800-63B §5.1.1). */
  readonly maxAgeSeconds?: number;
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
  return (isSet(scope.domain) ? "__Secure-" : "__Host-") + BASE_NAME;
}

/** RFC 6265bis lets a browser send more, but Node accepts no larger head of a request. */
const MAX_HEADER_LENGTH = 16 * 1024;
/** Name and value together, of any cookie (RFC 6265bis §5.5, ASVS V3.3.5). */
const MAX_COOKIE_LENGTH = 4096;

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

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const COOKIE_OCTETS = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const DOMAIN = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * A Set-Cookie value: always `HttpOnly`, so that a script cannot read it (XSS), and `SameSite=Lax`, so that another
 * site's form does not send it (CSRF); for the whole host.
 *
 * @throws TypeError for what would end the cookie early and begin another attribute or header (CVE-2024-47764), and
 *   for what a browser would drop without a word
 */
export function serializeCookie(cookie: Cookie): string {
  const { name, value, maxAgeSeconds, secure, domain } = cookie;
  if (!TOKEN.test(name)) throw new TypeError("A cookie's name must be a token (RFC 6265 §4.1.1).");
  if (!COOKIE_OCTETS.test(value)) throw new TypeError("A cookie's value must be cookie-octets (RFC 6265 §4.1.1).");
  if (name.length + value.length > MAX_COOKIE_LENGTH) throw new TypeError("A cookie has at most 4096 bytes.");
  // Browsers compare the prefixes without case (RFC 6265bis §5.4) and drop a cookie that does not keep their promise.
  const prefixed = name.toLowerCase();
  if (prefixed.startsWith("__host-") && (!secure || isSet(domain))) {
    throw new TypeError("A __Host- cookie is Secure and has no Domain.");
  }
  if (prefixed.startsWith("__secure-") && !secure) throw new TypeError("A __Secure- cookie is Secure.");

  let text = `${name}=${value}; Path=/`;
  if (isSet(domain)) {
    if (!DOMAIN.test(domain)) throw new TypeError("A cookie's domain must be a lower-case host name.");
    text += `; Domain=${domain}`;
  }
  if (maxAgeSeconds !== undefined) {
    if (!Number.isSafeInteger(maxAgeSeconds) || maxAgeSeconds < 0) {
      throw new TypeError("maxAgeSeconds must be a whole number of seconds, 0 or more.");
    }
    text += `; Max-Age=${maxAgeSeconds}`;
  }
  return `${text}${secure ? "; Secure" : ""}; HttpOnly; SameSite=Lax`;
}

/** Deletes the cookie: a browser finds it by name, domain and path, so those are the ones that set it (ASVS V14.3.1). */
export function clearedCookie(cookie: CookieScope & { readonly name: string }): string {
  return serializeCookie({ ...cookie, value: "", maxAgeSeconds: 0 });
}

function isSet(domain: string | null | undefined): domain is string {
  return domain !== undefined && domain !== null;
}
