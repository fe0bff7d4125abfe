import type { ObservableSession, SessionState, SignedIn, SignedOut } from "./session-state.ts";

/** The state of a page's session, and whoever is told of it. */
export interface SessionStore {
  readonly observable: ObservableSession;
  /** Settled with the first state that is not loading. */
  readonly known: Promise<SignedIn | SignedOut>;
  /** Tells everybody, unless it says what is known already. */
  set(state: SessionState): void;
}

/** @param onFirstUse called when somebody first looks at the state */
export function createSessionStore(onFirstUse: () => void): SessionStore {
  let current: SessionState = { status: "loading", error: null };
  const listeners = new Set<(state: SessionState) => void>();
  let settle: (state: SignedIn | SignedOut) => void;
  const known = new Promise<SignedIn | SignedOut>((resolve) => {
    settle = resolve;
  });
  return {
    known,
    observable: {
      get current() {
        return current;
      },
      subscribe(listener) {
        // The same function may listen twice, and each ends on its own.
        const own = (state: SessionState) => listener(state);
        listeners.add(own);
        listener(current);
        onFirstUse();
        return () => listeners.delete(own);
      },
    },
    set(state) {
      const same = JSON.stringify(state) === JSON.stringify(current);
      // An error has nothing that would be written down.
      if (same && state.status !== "loading") return;
      current = state;
      if (state.status !== "loading") settle(state);
      for (const listener of listeners) {
        // One that changed the state meanwhile has told the others the newer one.
        if (current === state) tell(listener, state);
      }
    },
  };
}

/** What is wrong with a listener is none of the session's. */
function tell(listener: (state: SessionState) => void, state: SessionState): void {
  try {
    listener(state);
  } catch (error) {
    // As `reportError`, which Node has not: it reaches whoever watches for errors that nobody caught.
    queueMicrotask(() => {
      throw error;
    });
  }
}
