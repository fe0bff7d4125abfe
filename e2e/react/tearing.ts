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

const shown = () => [...document.querySelectorAll("i")].map((one) => one.textContent);

/** The statuses that were on the page together, at each commit: whatever part of the page it was of, that part tells. */
const commits: string[][] = [];
const useCommits = () => useLayoutEffect(() => void commits.push([...new Set(shown())]));

/** What happens once React gives way for the first time. */
let meanwhile = () => {};

/** Slow, so that React gives way to other things between two of them. */
function Slow(): ReactElement {
  const { status } = useAuth();
  const until = performance.now() + 10;
  while (performance.now() < until);
  queueMicrotask(meanwhile);
  meanwhile = () => {};
  useCommits();
  return createElement("i", null, status);
}

function Page(): ReactElement {
  const [many, setMany] = useState(0);
  useCommits();
  /** Shows 40 parts. In the middle of it the state becomes this one; gives how many were on the page then. */
  const fill = (state: SessionState) =>
    new Promise<number>((resolve) => {
      meanwhile = () => {
        resolve(shown().length);
        become(state);
      };
      startTransition(() => setMany(40));
    });
  Object.assign(globalThis, { fill });
  return createElement("main", null, ...Array.from({ length: many }, () => createElement(Slow)));
}

createRoot(document.querySelector("#root")!).render(
  createElement(AuthProvider, { client: { session } as unknown as Client }, createElement(Page)),
);
Object.assign(globalThis, { commits });
