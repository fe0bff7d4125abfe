/**
 * Refuses to run where no cookie goes with requests by itself.
 *
 * @throws Error on a server
 */
export function requirePage(): void {
  if (typeof document !== "undefined") return;
  throw new Error(
    "@counterfoil/client is for a page in a browser. On a server render from the request's cookie (docs/browser.md); " +
      "what holds refresh tokens uses @counterfoil/client/bearer.",
  );
}

/** Nobody looks at the page, or it was fetched before anybody has asked for it. */
export function isHidden(): boolean {
  return document.visibilityState === "hidden";
}
