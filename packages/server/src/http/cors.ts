/** Headers to set, by name. */
export type HeaderSet = Readonly<Record<string, string>>;

export type Preflight =
  /** An ordinary request, or an OPTIONS that asks nothing. */
  | { readonly kind: "none" }
  /** Answer 204 with these. */
  | { readonly kind: "allowed"; readonly headers: HeaderSet }
  /** Answer 403 with these; without `Access-Control-Allow-Origin` the browser goes no further. */
  | { readonly kind: "refused"; readonly headers: HeaderSet; readonly sentence: string };

// Written out, since `*` does not cover Authorization and means nothing beside credentials (Fetch §3.3.3).
const METHODS = "GET, POST, DELETE";
const REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key";
/** What a page of another origin needs in order to behave well: to report, to wait, to learn what was wrong, the time. */
const EXPOSED_HEADERS = "Request-Id, Retry-After, WWW-Authenticate, Date";
const PREFLIGHT_MAX_AGE_SECONDS = "600";

/**
 * The CORS headers of an answer that is not a preflight's. An origin that is not listed gets `Vary` alone, and its page
 * may not read the answer; `Vary` is there in any case, or a cache would serve one origin's permission to another.
 */
export function corsHeaders(headers: Pick<Headers, "get">, allowedOrigins: ReadonlySet<string>): HeaderSet {
  const origin = listedOrigin(headers, allowedOrigins);
  if (origin === null) return { Vary: "Origin" };
  return {
    Vary: "Origin",
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": EXPOSED_HEADERS,
  };
}

/** What to answer to a browser that asks before it sends (Fetch §3.3.2). */
export function answerPreflight(
  request: { readonly method: string; readonly headers: Pick<Headers, "get" | "has"> },
  allowedOrigins: ReadonlySet<string>,
): Preflight {
  const { method, headers } = request;
  if (method !== "OPTIONS" || !headers.has("origin") || !headers.has("access-control-request-method")) {
    return { kind: "none" };
  }
  const vary = { Vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" };
  const origin = listedOrigin(headers, allowedOrigins);
  if (origin === null) {
    return {
      kind: "refused",
      headers: vary,
      sentence:
        "This origin is not listed: if the page is yours, add it, exactly as it is, to allowedOrigins (COUNTERFOIL_ALLOWED_ORIGINS).",
    };
  }
  return {
    kind: "allowed",
    headers: {
      ...vary,
      "Access-Control-Allow-Origin": origin,
      "Access-Control-Allow-Credentials": "true",
      "Access-Control-Allow-Methods": METHODS,
      "Access-Control-Allow-Headers": REQUEST_HEADERS,
      "Access-Control-Max-Age": PREFLIGHT_MAX_AGE_SECONDS,
    },
  };
}

function listedOrigin(headers: Pick<Headers, "get">, allowedOrigins: ReadonlySet<string>): string | null {
  const origin = headers.get("origin");
  // "null" and "*" are refused even if they were listed: every sandboxed frame is "null" (ASVS V3.4.2).
  if (origin === null || origin === "null" || origin === "*") return null;
  return allowedOrigins.has(origin) ? origin : null;
}
