export { createClient } from "./create-client.ts";
export { ClientError } from "./server/client-error.ts";
export type { Client, ClientOptions, FetchOptions, Proof, SignInWish } from "./client.ts";
export type { Outcome, Refused } from "./outcome/outcome.ts";
export type { ListedSession } from "./session/listed-session.ts";
export type {
  Loading,
  ObservableSession,
  SessionState,
  SignedIn,
  SignedOut,
  SignedOutReason,
  User,
} from "./session/session-state.ts";
