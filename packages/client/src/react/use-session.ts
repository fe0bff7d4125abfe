import { useSyncExternalStore } from "react";
import type { SessionState } from "../session/session-state.ts";
import { useAuthContext } from "./auth-context.ts";

/** The state alone: the same object until it changes. */
export function useSession(): SessionState {
  const { subscribe, now, atServer } = useAuthContext().snapshots;
  return useSyncExternalStore(subscribe, now, atServer);
}
