import type { ObservableSession, SessionState } from "../session/session-state.ts";

/** The session's state, and whoever wants to be told of it. */
export class StateCell implements ObservableSession {
  readonly #onUse: () => void;
  readonly #listeners = new Set<(state: SessionState) => void>();
  #current: SessionState = { status: "loading", error: null };

  /** @param onUse is called before each look: nothing is read before the first */
  constructor(onUse: () => void) {
    this.#onUse = onUse;
  }

  get current(): SessionState {
    this.#onUse();
    return this.#current;
  }

  subscribe(listener: (state: SessionState) => void): () => void {
    this.#onUse();
    // One of its own, so that a function that subscribes twice is told twice and may leave once.
    const tell = (state: SessionState) => listener(state);
    this.#listeners.add(tell);
    deliver(tell, this.#current);
    return () => void this.#listeners.delete(tell);
  }

  set(state: SessionState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#current) && state.status !== "loading") return;
    this.#current = state;
    for (const tell of this.#listeners) {
      // One that changed the state meanwhile has told the others the newer one.
      if (this.#current === state) deliver(tell, state);
    }
  }
}

/** What a listener throws is its own: it reaches the process as any error that nobody catches, and stops nothing here. */
function deliver(tell: (state: SessionState) => void, state: SessionState): void {
  try {
    tell(state);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
