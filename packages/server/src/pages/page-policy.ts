/** Where browsers say what a page tried against its policy, below the path of the issuer. */
export const PAGE_REPORTS_PATH = "/page-reports";

/** The name that the policy and `Reporting-Endpoints` have for it. */
const ENDPOINT = "pages";

export interface PagePolicy {
  /** Of this one answer: a script that has it was written by the server (ASVS V3.4.3). */
  readonly nonce: string;
  /** The issuer's, without a slash at its end. */
  readonly basePath: string;
  /** Of the demonstration's sample API, which its pages ask as well. */
  readonly apiUrl: string | null;
}

/**
 * The headers that say what a page may do. Scripts by nonce, and what they load (CSP3 'strict-dynamic'); the rest from
 * this server's own folder alone.
 */
export function pagePolicy({ nonce, basePath, apiUrl }: PagePolicy): Readonly<Record<string, string>> {
  const api = apiUrl === null ? "" : ` ${apiUrl} ${apiUrl.replace(/^http/, "ws")}`;
  const reports = basePath + PAGE_REPORTS_PATH;
  return {
    "Content-Security-Policy": [
      "default-src 'none'",
      // In the frame of another page a click may mean something else than who clicks believes (V3.4.6).
      "frame-ancestors 'none'",
      `script-src 'nonce-${nonce}' 'strict-dynamic'`,
      "style-src 'self'",
      "img-src 'self'",
      `connect-src 'self'${api}`,
      ...(apiUrl === null ? [] : [`frame-src ${otherSiteOf(apiUrl)}`]),
      "form-action 'self'",
      "base-uri 'none'",
      "object-src 'none'",
      // No text becomes markup or a script: not even by a mistake of ours in a page, or of a library's.
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
      // The first is for browsers that do not know the second, and ignored by the others (V3.4.7).
      `report-uri ${reports}`,
      `report-to ${ENDPOINT}`,
    ].join("; "),
    "Reporting-Endpoints": `${ENDPOINT}="${reports}"`,
    // No other site's window holds a reference to this one, nor this to theirs (V3.4.8).
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  };
}

/** The demonstration's page of another site: the same port under the address, which to a browser is another site. */
function otherSiteOf(apiUrl: string): string {
  return `http://127.0.0.1:${new URL(apiUrl).port}`;
}
