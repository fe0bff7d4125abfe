/** Another token may help (RFC 6750 §3.1); not where the user has to prove presence again (RFC 9470), or is not allowed. */
export function asksForToken(request: Request, { status, headers, redirected, url }: Response): boolean {
  if (status !== 401) return false;
  // Elsewhere there was no token to refuse.
  if (redirected && new URL(url).origin !== new URL(request.url).origin) return false;
  // The header is out of a page's sight unless the API exposes it.
  const error = /error="?(\w+)/.exec(headers.get("www-authenticate") ?? "")?.[1];
  return error === undefined || error === "invalid_token";
}
