import type { Outcome } from "./outcome/outcome.ts";
import type { ListedSession } from "./session/listed-session.ts";
import type { ObservableSession, SignedIn, SignedOut, User } from "./session/session-state.ts";

export interface ClientOptions {
  /** Where the server is: the path that it is mounted under, such as `/auth`, or its whole address. */
  readonly url: string;
  /**
   * The origins whose requests carry the access token, exactly as a browser writes them (`https://api.example.com`). No
   * other origin ever gets it. None where it is left out.
   */
  readonly apiOrigins?: readonly string[];
}

export interface SignInWish {
  readonly username: string;
  readonly password: string;
  /** Where the application asks for one. */
  readonly secondFactor?: string;
  /** For a cookie that outlives the browser's window. */
  readonly remember?: boolean;
  /** What the user knows this device by: 1 to 64 characters. */
  readonly deviceName?: string;
}

export interface Proof {
  readonly password: string;
  readonly secondFactor?: string;
}

export interface FetchOptions extends RequestInit {
  /**
   * Nobody is there: a token that is fetched for this request is no activity, and the inactivity timeout goes on. Left
   * out, it is so while the page is hidden.
   */
  readonly background?: boolean;
}

/** A page's part in a session. Every member may be passed on unbound. */
export interface Client {
  readonly session: ObservableSession;
  /** The state once it is known whether somebody is signed in. It never rejects; it waits while the server is out of reach. */
  readonly ready: Promise<SignedIn | SignedOut>;
  /**
   * As `fetch`; to the origins of the API with an access token, which is fetched and renewed as needed. On a 401 that
   * another token may help against, the request is sent once more, also with its body.
   *
   * @throws ClientError if a token was needed, and the server was out of reach for 20 seconds
   * @throws DOMException `AbortError` if the session ended, or another took its place, while the request was under way
   */
  readonly fetch: (input: string | URL | Request, init?: FetchOptions) => Promise<Response>;
  /**
   * For what is no `fetch`, such as a WebSocket: the access token, or null where nobody is signed in. It is good for
   * minutes: ask each time.
   *
   * @throws ClientError if the server was out of reach for 20 seconds
   */
  readonly accessToken: () => Promise<string | null>;
  readonly login: (wish: SignInWish) => Promise<Outcome<{ readonly user: User }>>;
  /**
   * Signs out in every tab of this browser at once, whatever the outcome: while the server is out of reach it is kept,
   * and told to the server before anything else.
   */
  readonly logout: () => Promise<Outcome>;
  /**
   * Registers a user, and signs nobody in. It is `ok` for a name that is taken, too: the `login` that follows tells.
   * `not_found` where registration is not open.
   */
  readonly register: (wish: { readonly username: string; readonly password: string }) => Promise<Outcome>;
  readonly reauthenticate: (proof: Proof) => Promise<Outcome>;
  readonly changePassword: (change: Proof & { readonly newPassword: string }) => Promise<Outcome>;
  readonly sessions: () => Promise<Outcome<{ readonly sessions: readonly ListedSession[] }>>;
  /** Ends one of the user's sessions; another than this page's takes a recent proof of presence (`reauthenticate`). */
  readonly endSession: (sid: string) => Promise<Outcome>;
  /** Stops following the session; the user stays signed in. */
  readonly close: () => void;
}
