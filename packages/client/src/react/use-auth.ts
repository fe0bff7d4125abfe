import { useMemo } from "react";
import type { SessionState } from "../session/session-state.ts";
import { useAuthContext } from "./auth-context.ts";
import type { ClientFunctions } from "./client-functions.ts";
import { useSession } from "./use-session.ts";

/** The state, told apart by `status`, and what a component calls. The functions stay the same; the object is new with each state. */
export type Auth = SessionState & ClientFunctions;

/**
 * Whether somebody is signed in, and the client's functions; renders again with each change.
 *
 * @throws Error outside of an `AuthProvider`
 */
export function useAuth(): Auth {
  const { functions } = useAuthContext();
  const state = useSession();
  return useMemo(() => ({ ...state, ...functions }), [state, functions]);
}
