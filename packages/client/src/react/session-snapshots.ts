import type { ObservableSession, SessionState } from "../session/session-state.ts";

/** The three functions of `useSyncExternalStore`. */
export interface SessionSnapshots {
  readonly subscribe: (listener: () => void) => () => void;
  /** The state as it is now: the same object until it changes. */
  readonly now: () => SessionState;
  /** What the server rendered, and hydration repeats; it never looks at the client, which many requests share there. */
  readonly atServer: () => SessionState;
}

const LOADING: SessionState = { status: "loading", error: null };

/** @param initial stands in for the client's state while that is loading: a page must not blink back from what it shows */
export function snapshotsOf(session: ObservableSession, initial: SessionState = LOADING): SessionSnapshots {
  return {
    subscribe: (listener) => session.subscribe(listener),
    now: () => {
      const { current } = session;
      return current.status === "loading" && initial.status !== "loading" ? initial : current;
    },
    atServer: () => initial,
  };
}
