import { createContext, useContext } from "react";
import type { ClientFunctions } from "./client-functions.ts";
import type { SessionSnapshots } from "./session-snapshots.ts";

export interface AuthContextValue {
  readonly snapshots: SessionSnapshots;
  readonly functions: ClientFunctions;
}

/**
 * What leads to the state, and not the state: each hook subscribes by itself. A part of the page that hydrates after
 * the state has moved on still renders what the server did, and moves on then; React would discard its HTML if the
 * context had changed above it.
 */
export const AuthContext = createContext<AuthContextValue | null>(null);

/** @throws Error outside of an `AuthProvider` */
export function useAuthContext(): AuthContextValue {
  const value = useContext(AuthContext);
  if (value === null) throw new Error("useAuth and useUser need an <AuthProvider client={…}> above them.");
  return value;
}
