/** Who is signed in, as the server tells it. */
export interface User {
  /** What the user is known by everywhere; it never changes. */
  readonly sub: string;
  /** As it was given at the sign-in. */
  readonly username: string | null;
  readonly roles: readonly string[];
}

/**
 * Why nobody is signed in: there was no session when the page asked first; it was signed out in this browser; or the
 * session ended elsewhere, or by time.
 */
export type SignedOutReason = "no_session" | "logout" | "session_over";

export interface Loading {
  readonly status: "loading";
  /** Why it is not known yet, while the server is out of reach; it is asked again by itself. */
  readonly error: Error | null;
}

export interface SignedIn {
  readonly status: "signed_in";
  readonly user: User;
  /** The session's public identifier: safe to log. */
  readonly sid: string;
}

export interface SignedOut {
  readonly status: "signed_out";
  readonly reason: SignedOutReason;
  /** Why the session ended, where the server has told: `inactive`, `lifetime`, `ended_by_user`, … (`docs/feed.md`). */
  readonly endReason: string | null;
}

export type SessionState = Loading | SignedIn | SignedOut;

/** The session as it is now, and each change of it. */
export interface ObservableSession {
  readonly current: SessionState;
  /**
   * Calls the listener with the state as it is, before this returns, and with each that follows.
   *
   * @returns what ends that
   */
  subscribe(listener: (state: SessionState) => void): () => void;
}
