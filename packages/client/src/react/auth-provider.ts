import { createElement, useMemo, useState } from "react";
import type { ReactElement, ReactNode } from "react";
import type { Client } from "../client.ts";
import type { SessionState } from "../session/session-state.ts";
import { AuthContext } from "./auth-context.ts";
import { functionsOf } from "./client-functions.ts";
import { snapshotsOf } from "./session-snapshots.ts";

export interface AuthProviderProps {
  /** One for the page, made outside of components: `createClient({ url: "/auth" })`. */
  readonly client: Client;
  /**
   * What the server has read from the session cookie: rendered there and at hydration, and shown until the client knows
   * for itself. Without it, or where the server cannot tell, the state is `loading` until then. Only what the provider is
   * given first counts: a later render of the server's is no newer than what the client knows.
   */
  readonly initial?: SessionState | undefined;
  readonly children?: ReactNode;
}

/** Gives the client to `useAuth` and `useUser` below it. It asks the server for nothing before one of them is rendered. */
export function AuthProvider({ client, initial, children }: AuthProviderProps): ReactElement {
  const [first] = useState(initial);
  const value = useMemo(
    () => ({ snapshots: snapshotsOf(client.session, first), functions: functionsOf(client) }),
    [client, first],
  );
  return createElement(AuthContext.Provider, { value }, children);
}
