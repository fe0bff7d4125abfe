export type { Clock } from "./clock.ts";
export { systemClock } from "./clock.ts";
export type { AsymmetricAlgorithm, Crypto, PrivateKeyJwk, Signer } from "./crypto.ts";
export { ConfigurationError, CounterfoilError, StoreError } from "./errors.ts";
export { REFUSAL_REASONS } from "./events.ts";
export type { EventBody, EventContext, EventType, LedgerEvent, NewEvent, RefusalReason } from "./events.ts";
export { HANDLE_PREFIX, hashLocator, sealHandle, unsealHandle } from "./handle/handle.ts";
export type { Handle, HandleKind, LocatorHash } from "./handle/handle.ts";
export type { AttemptTaken, TakeAttempt } from "./ledger/attempts.ts";
export type {
  EndSigningKey,
  NewSigningKey,
  SecretsAdopted,
  SigningKeyAdded,
  SigningKeyEnded,
  SigningKeyState,
  StoredSigningKey,
} from "./ledger/keys.ts";
export type { Ledger, Purge, Purged } from "./ledger/ledger.ts";
export type { EventQuery, RevocationsRead } from "./ledger/log.ts";
export type {
  AmendSession,
  OpenSession,
  PresentedHandle,
  ReauthenticateSession,
  Redeem,
  Redeemed,
  RevokeSession,
  RevokeSessions,
  SessionAmended,
  SessionOpened,
  SessionReauthenticated,
  SessionRecord,
  SessionResolved,
  SessionRevoked,
  SessionsRevoked,
  SessionTouched,
} from "./ledger/sessions.ts";
export type {
  CreateUser,
  DeleteUser,
  PasswordSet,
  SetDisabled,
  SetPassword,
  SetRoles,
  UserChanged,
  UserCreated,
  UserWithPassword,
} from "./ledger/users.ts";
export type { Random } from "./random.ts";
export { systemRandom } from "./random.ts";
export { decideRedemption, REUSE_INTERVAL_MS } from "./refresh/redeem.ts";
export type { Redemption, RotationState } from "./refresh/redeem.ts";
export { createKeyring, fingerprint } from "./secret/keyring.ts";
export type { Keyring, SecretFingerprint, SecretKeys } from "./secret/keyring.ts";
export { Secret } from "./secret/secret.ts";
export { END_REASONS, newSid, parseSid, ranOut, TOUCH_INTERVAL_MS } from "./session/session.ts";
export type { EndReason, Session, SessionClocks, Sid, Transport } from "./session/session.ts";
export { canonicalUsername, newSubject, parseRoles, parseSubject } from "./user/user.ts";
export type { CanonicalUsername, Subject, User } from "./user/user.ts";
