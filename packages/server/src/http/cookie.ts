import { MAX_COOKIE_LENGTH } from "@counterfoil/protocol";
import type { CookieScope } from "@counterfoil/protocol";

export interface Cookie extends CookieScope {
  readonly name: string;
  readonly value: string;
  /** Left out, the cookie ends with the browser (NIST SP 800-63B §5.1.1). */
  readonly maxAgeSeconds?: number;
}

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
