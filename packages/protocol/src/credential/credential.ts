import { readBearer } from "./bearer.ts";
import type { BearerCredential, CredentialCarrier } from "./bearer.ts";
import { readSessionCookie } from "./session-cookie.ts";

/** The one credential of a request, or why there is none to go by. `code` and `why` are what to answer. */
export type Credential =
  | BearerCredential
  | { readonly kind: "cookie"; readonly token: string }
  | { readonly kind: "malformed"; readonly code: "invalid_session"; readonly why: string };

/**
 * The request's credential. `Authorization` decides alone where it is present: browsers add the cookie by themselves,
 * so beside it the cookie is not even read. Whatever came twice is refused, since one part of a system would go by the
 * first and another by the last (ASVS V4.2.1). Never throws.
 *
 * @param cookieName from `sessionCookieName`; `null` where cookies are none of ours
 */
export function readCredential(request: CredentialCarrier, cookieName: string | null): Credential {
  const bearer = readBearer(request, cookieName);
  if (bearer.kind !== "none" || cookieName === null) return bearer;
  const cookie = readSessionCookie(request.headers.get("cookie"), cookieName);
  switch (cookie.kind) {
    case "found":
      return { kind: "cookie", token: cookie.value };
    case "absent":
      return bearer;
    case "ambiguous":
      return { kind: "ambiguous", code: "ambiguous_credentials", why: cookie.why };
    case "malformed":
      // 401 and not 400: a browser would send it for ever, and what helps is a new sign-in (ASVS V1.3.3).
      return { kind: "malformed", code: "invalid_session", why: cookie.why };
  }
}
