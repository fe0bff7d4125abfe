import { useSyncExternalStore } from "react";

let moved = false;
addEventListener("hashchange", () => (moved = true));

/** Whether the address behind the `#` has changed since the page was opened. */
export function hasMoved(): boolean {
  return moved;
}

function subscribe(heard: () => void): () => void {
  addEventListener("hashchange", heard);
  return () => removeEventListener("hashchange", heard);
}

/** @param link an address within this page */
export function goTo(link: string): void {
  location.hash = link;
}

/** What the address has behind the `#`. */
export function usePlace(): string {
  return useSyncExternalStore(subscribe, () => location.hash);
}
