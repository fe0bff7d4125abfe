import { tokenInAddress } from "./address.ts";

/** What a request says outside of its cookies. `code` and `why` are what to answer. */
export type BearerCredential =
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "none" }
  | { readonly kind: "ambiguous"; readonly code: "ambiguous_credentials"; readonly why: string }
  | { readonly kind: "malformed"; readonly code: "invalid_request"; readonly why: string };

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

/**
 * The token in the request's `Authorization`, which decides alone where it is present. Whatever came twice is refused,
 * since one part of a system would go by the first and another by the last (ASVS V4.2.1). Never throws.
 *
 * @param cookieName from `sessionCookieName`; `null` where cookies are none of ours
 */
export function readBearer(request: CredentialCarrier, cookieName: string | null): BearerCredential {
  const inAddress = tokenInAddress(request.url ?? "", cookieName);
  if (inAddress !== null) return inAddress;
  const authorization = request.headers.get("authorization");
  return authorization === null ? { kind: "none" } : readAuthorization(authorization);
}

/** Whether a text has the form of a token (RFC 6750 §2.1) and is of a length that one can have. */
export function isTokenText(text: string): boolean {
  return text.length <= MAX_TOKEN_LENGTH && TOKEN68.test(text);
}

function readAuthorization(header: string): BearerCredential {
  if (header.length > MAX_TOKEN_LENGTH) return malformed("The Authorization header is longer than any token.");
  // Two headers arrive joined by a comma (RFC 9110 §5.3), and no bearer token has one.
  if (header.includes(",")) {
    const why = "Send one Authorization header, with one token: a comma joins two.";
    return { kind: "ambiguous", code: "ambiguous_credentials", why };
  }
  const token = BEARER.exec(header)?.[1];
  if (token !== undefined) return { kind: "bearer", token };
  return malformed(
    /^bearer(?: |$)/i.test(header)
      ? "What follows `Bearer` must be one token, exactly as it was issued."
      : "Only `Authorization: Bearer <token>` is understood here.",
  );
}

function malformed(why: string): BearerCredential {
  return { kind: "malformed", code: "invalid_request", why };
}
