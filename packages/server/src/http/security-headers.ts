/** Of every JSON answer: exact, with its charset, so that no browser guesses another (ASVS V4.1.1). */
export const JSON_TYPE = "application/json; charset=utf-8";

/**
 * On every answer, errors included. A route that has a reason for another value (the web pages' policy, the JWK Set's
 * caching) writes it over these, under the name as it is spelled here.
 */
export const SECURITY_HEADERS = {
  // Nearly every answer is about one user or carries a credential, so a route has to ask to be cached (ASVS V14.3.2).
  "Cache-Control": "no-store",
  // Should an answer be opened as a page after all, it runs nothing, loads nothing and is framed nowhere (V3.4.3, V3.4.6).
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  // Or a browser might run an answer as a script or a page (V3.4.4).
  "X-Content-Type-Options": "nosniff",
  // Other sites cannot embed an answer to measure it; what CORS allows is not touched by it (V3.5.8).
  "Cross-Origin-Resource-Policy": "same-origin",
  // An address of ours never travels on to another site (V3.4.5).
  "Referrer-Policy": "no-referrer",
} as const satisfies Readonly<Record<string, string>>;

/**
 * For `serve` alone: it speaks for the whole host and its subdomains, which a handler mounted in somebody's
 * application does not own (V3.4.1). One year.
 */
export const STRICT_TRANSPORT_SECURITY = "max-age=31536000; includeSubDomains";
