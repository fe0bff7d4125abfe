export { createBearerClient } from "./bearer/bearer-client.ts";
export type { AccessTokenWish, BearerClient } from "./bearer/bearer-client.ts";
export type { BearerSignIn } from "./bearer/auth-server.ts";
export type { BearerClientOptions } from "./bearer/options.ts";
export { ClientError } from "./server/client-error.ts";
export { memoryStorage } from "./storage/memory-storage.ts";
export { StorageError } from "./storage/storage-error.ts";
export type { StorageFailure } from "./storage/storage-error.ts";
export type { TokenStorage } from "./storage/token-storage.ts";
export type { FetchOptions } from "./client.ts";
export type { Outcome, Refused } from "./outcome/outcome.ts";
export type {
  Loading,
  ObservableSession,
  SessionState,
  SignedIn,
  SignedOut,
  SignedOutReason,
  User,
} from "./session/session-state.ts";
