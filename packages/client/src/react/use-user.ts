import type { User } from "../session/session-state.ts";
import { useSession } from "./use-session.ts";

/**
 * Who is signed in; `null` while that is not known, and where nobody is.
 *
 * @throws Error outside of an `AuthProvider`
 */
export function useUser(): User | null {
  const state = useSession();
  return state.status === "signed_in" ? state.user : null;
}
