import { useSyncExternalStore } from "react";

function subscribe(heard: () => void): () => void {
  addEventListener("hashchange", heard);
  return () => removeEventListener("hashchange", heard);
}

/** What the address has behind the `#`. */
export function usePlace(): string {
  return useSyncExternalStore(subscribe, () => location.hash);
}
