import { createElement, startTransition, useLayoutEffect, useState } from "react";
import type { ReactElement } from "react";
import { createRoot } from "react-dom/client";
import type { Client, SessionState } from "@counterfoil/client";
import { AuthProvider, useAuth } from "@counterfoil/client/react";

/** A state that the page sets. */
const listeners = new Set<(state: SessionState) => void>();
const session = {
  current: { status: "loading", error: null } as SessionState,
  subscribe(listener: (state: SessionState) => void) {
    listeners.add(listener);
    listener(session.current);
    return () => listeners.delete(listener);
  },
};

function become(state: SessionState): void {
  session.current = state;
  for (const listener of listeners) listener(state);
}

/** Slow, so that React gives way to other things between two of them. */
function Slow(): ReactElement {
  const { status } = useAuth();
  const until = performance.now() + 10;
  while (performance.now() < until);
  return createElement("i", null, status);
}

/** The statuses that were on the page together, at each commit. */
const commits: string[][] = [];
let begun = 0;

function Page(): ReactElement {
  const [many, setMany] = useState(0);
  begun++;
  useLayoutEffect(() => {
    commits.push([...new Set([...document.querySelectorAll("i")].map((one) => one.textContent))]);
  });
  Object.assign(globalThis, { fill: () => startTransition(() => setMany(40)) });
  return createElement("main", null, ...Array.from({ length: many }, () => createElement(Slow)));
}

createRoot(document.querySelector("#root")!).render(
  createElement(AuthProvider, { client: { session } as unknown as Client }, createElement(Page)),
);
Object.assign(globalThis, { become, commits, begun: () => begun });
