export { ConfigurationError, CounterfoilError, StoreError } from "@counterfoil/core";
export type {
  AddedClaims,
  Authenticate,
  Clock,
  EventContext,
  ExternalUser,
  Lifetimes,
  Random,
  RefusalReason,
  SecondFactor,
  SecondFactorAnswer,
  SecondFactorAttempt,
  Session,
  SessionClass,
} from "@counterfoil/core";
export type { ErrorCode, SigningAlgorithm } from "@counterfoil/protocol";
export type { Auth, RequestAuth, RequestHead, RequestRefused, RequestVerified, Verified } from "@counterfoil/verifier";
export type { Connection, Guarded, GuardedAuth, GuardOptions } from "@counterfoil/verifier/node";
export type { SessionAdministration, SessionWithData, UserAdministration, UserOutcome } from "./administration.ts";
export type { SignInOptions } from "./application-sign-in.ts";
export type { CreatedUser, ListedUser, OneTimeCode, UserAccounts } from "./user-accounts.ts";
export { createCounterfoil } from "./compose.ts";
export { fromEnvironment } from "./config/environment.ts";
export type { Counterfoil } from "./counterfoil.ts";
export type { Notice, NoticeSink } from "./notice.ts";
export type { CounterfoilOptions, Registration } from "./options.ts";
export type { OnPasswordReset, PasswordReset } from "./password-reset.ts";
export type { OwnVerifier } from "./own-verifier.ts";
export type { SecurityEvent, SecurityEventSink } from "./security-events.ts";
export type { StepUp } from "./http/step-up.ts";
