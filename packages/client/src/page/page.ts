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

export interface PageListener {
  /** The network is back, or somebody looks at the page again. */
  readonly onAwake: () => void;
  /** The page is put away, maybe for good, maybe in the browser's history. */
  readonly onAway: () => void;
  /** It is taken out of the history as it was put there, and has missed whatever happened since. */
  readonly onBack: () => void;
}

/** Tells of what happens to the page, until the signal is aborted. */
export function watchPage(signal: AbortSignal, { onAwake, onAway, onBack }: PageListener): void {
  addEventListener("online", onAwake, { signal });
  document.addEventListener("visibilitychange", onAwake, { signal });
  addEventListener("pagehide", onAway, { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && onBack(), { signal });
}
