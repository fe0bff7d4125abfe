import { createElement, StrictMode, Suspense } from "react";
import type { ComponentType, ReactElement } from "react";
import type { Client, SessionState } from "@counterfoil/client";
import { AuthProvider, useAuth } from "@counterfoil/client/react";

/** The state in words. */
export function Greeting(): ReactElement {
  const auth = useAuth();
  return createElement("p", null, auth.status === "signed_in" ? `Welcome ${auth.user.username}` : auth.status);
}

/** What the server renders and the browser hydrates; `Late` is there at once on the one, and after a while on the other. */
export function application(client: Client, initial: SessionState | undefined, Late: ComponentType): ReactElement {
  const late = createElement(Suspense, { fallback: "waiting" }, createElement(Late));
  const parts = createElement("main", null, createElement(Greeting), late);
  return createElement(StrictMode, null, createElement(AuthProvider, { client, initial }, parts));
}
