export type { Clock } from "./clock.ts";
export { isoTime, systemClock } from "./clock.ts";
export type { AsymmetricAlgorithm, Crypto, PrivateKeyJwk, Signer } from "./crypto.ts";
export { ConfigurationError, CounterfoilError, PasswordUncheckable, StoreError } from "./errors.ts";
export { COMMAND_LINE, EVENT_TYPES, REFUSAL_REASONS } from "./events.ts";
export type {
  BelatedEvent,
  EventBody,
  EventContext,
  EventType,
  LedgerEvent,
  NewEvent,
  RefusalReason,
} from "./events.ts";
export { HANDLE_PREFIX, hashLocator, sealHandle, unsealHandle } from "./handle/handle.ts";
export type { Handle, HandleKind, LocatorHash } from "./handle/handle.ts";
export { openHandle } from "./handle/open-handle.ts";
export type { HandleParts } from "./handle/open-handle.ts";
export { SigningKeyHolder } from "./keys/key-holder.ts";
export { SecretWatch } from "./secret/secret-watch.ts";
export { refillMs, retryAfterSeconds, takeFrom } from "./attempt/bucket.ts";
export type { Bucket, FromBucket } from "./attempt/bucket.ts";
export { ForgeryWatch, WATCHED_ADDRESSES } from "./attempt/forgery-watch.ts";
export {
  accountAttempts,
  accountResetAttempts,
  codeAttempts,
  forgive,
  KNOWN_ADDRESS_SECONDS,
  LIMITS,
  onAttempt,
  registerAttempts,
  resetAttempts,
} from "./attempt/limit.ts";
export type { AttemptLimit, Limited, LimitName } from "./attempt/limit.ts";
export type { AttemptsTaken, ForgiveAttempts, TakeAttempt, TakeAttempts } from "./ledger/attempts.ts";
export { SEALING_NOTE_INTERVAL_MS } from "./ledger/keys.ts";
export type {
  AdoptSecrets,
  AnnounceSigningKey,
  EndSigningKey,
  MissingSecret,
  NewSigningKey,
  PromoteSigningKey,
  RemoveSigningKey,
  ReplaceSecrets,
  ResealSigningKey,
  SecretsAdopted,
  SecretsListed,
  SecretsReplaced,
  SigningKeyAdded,
  SigningKeyAnnounced,
  SigningKeyEnded,
  SigningKeyPromoted,
  SigningKeyRemoved,
  SigningKeyResealed,
  SigningKeyState,
  StoredSecret,
  StoredSigningKey,
} from "./ledger/keys.ts";
export type { Ledger, LedgerConnections, Purge, Purged } from "./ledger/ledger.ts";
export type {
  EventCount,
  EventCountQuery,
  EventCounts,
  EventHorizon,
  EventPage,
  EventPageQuery,
  EventQuery,
  RevocationsRead,
  RevocationsRestored,
} from "./ledger/log.ts";
export type {
  AmendSession,
  EndEverySession,
  EverySessionEnded,
  ListAllSessions,
  OpenSession,
  PresentedHandle,
  ReauthenticateSession,
  Redeem,
  Redeemed,
  RevokeSession,
  RevokeSessions,
  SessionAmended,
  SessionCursor,
  SessionOpened,
  SessionPage,
  SessionReauthenticated,
  SessionRecord,
  SessionResolved,
  SessionRevoked,
  SessionsRevoked,
  SessionsTouched,
  SessionTouched,
  TouchSession,
} from "./ledger/sessions.ts";
export type {
  ChangePassword,
  CreateUser,
  DeleteUser,
  IssuePasswordCode,
  ListedUser,
  ListUsers,
  PasswordCodeIssued,
  PasswordCodeRedeemed,
  RedeemPasswordCode,
  PasswordRehashed,
  RehashPassword,
  SetDisabled,
  SetRoles,
  UserChanged,
  UserCreated,
  UserPage,
  UserWithPassword,
} from "./ledger/users.ts";
export type { AddVerifier, RemoveVerifier, VerifierAdded, VerifierRemoved } from "./ledger/verifiers.ts";
export type { Random } from "./random.ts";
export { systemRandom } from "./random.ts";
export { decideRedemption, REUSE_INTERVAL_MS } from "./refresh/redeem.ts";
export type { Redemption, RotationState } from "./refresh/redeem.ts";
export { createKeyring, fingerprint, LiveKeyring } from "./secret/keyring.ts";
export type { Keyring, SecretFingerprint, SecretKeys } from "./secret/keyring.ts";
export { neededUntil, nextSecretStep } from "./secret/rotation.ts";
export type { SecretRotation, SecretStep } from "./secret/rotation.ts";
export { Secret } from "./secret/secret.ts";
export { END_REASONS, newSid, parseDeviceName, parseSid, ranOut, TOUCH_INTERVAL_MS } from "./session/session.ts";
export type { EndReason, Session, SessionClocks, Sid, Transport } from "./session/session.ts";
export { registerVerifier } from "./verifier/register.ts";
export type { VerifierRegistered } from "./verifier/register.ts";
export {
  hashCredential,
  newVerifierCredential,
  newVerifierId,
  parseVerifierCredential,
  parseVerifierId,
  parseVerifierName,
  VERIFIER_NAME_FORM,
} from "./verifier/verifier.ts";
export type { CredentialHash, Verifier, VerifierCredential, VerifierId, VerifierName } from "./verifier/verifier.ts";
export { canonicalUsername, newSubject, parseRoles, parseSubject } from "./user/user.ts";
export type { CanonicalUsername, Subject, User } from "./user/user.ts";
export { addedClaims, audienceOf, mintAccessToken } from "./access/access-token.ts";
export type { AccessToken, AddedClaims } from "./access/access-token.ts";
export { EventRecorder } from "./event/recorder.ts";
export { rotateSigningKey, takeKeySteps } from "./keys/rotate.ts";
export type { KeyRotated, Rotation, RotationParts } from "./keys/rotate.ts";
export { ANNOUNCE_SECONDS, announcesFrom, goesFrom, nextKeyStep, RETIRED_SECONDS, signsFrom } from "./keys/rotation.ts";
export type { KeyPolicy, KeyStep } from "./keys/rotation.ts";
export { loadSigningKeys } from "./keys/signing-keys.ts";
export type { SigningKey, SigningKeys } from "./keys/signing-keys.ts";
export { changePassword } from "./password/change.ts";
export type { ChangingParts, PasswordChange } from "./password/change.ts";
export { PasswordChecker } from "./password/check.ts";
export { hashPasswordCode, newPasswordCode, parsePasswordCode, PASSWORD_CODE_TTL_SECONDS } from "./password/code.ts";
export type { PasswordCode, PasswordCodeHash } from "./password/code.ts";
export { issuePasswordCode } from "./password/issue-code.ts";
export type { CodeIssued } from "./password/issue-code.ts";
export { MAX_PASSWORD_LENGTH, parsePassword } from "./password/password.ts";
export type { Password, PasswordHash } from "./password/password.ts";
export { createPepper } from "./password/pepper.ts";
export type { Pepper } from "./password/pepper.ts";
export { Places } from "./password/places.ts";
export { checkNewPassword } from "./password/policy.ts";
export type { NewPassword, PasswordPolicy } from "./password/policy.ts";
export { redeemPasswordCode } from "./password/redeem-code.ts";
export type { CodeRedemption } from "./password/redeem-code.ts";
export { Turns } from "./password/turns.ts";
export type { Refreshed } from "./refresh/refresh.ts";
export { redeemRefreshToken } from "./refresh/refresh.ts";
export { FeedLog } from "./revocation/feed-log.ts";
export type { LogReader, LogReceipt, Taken } from "./revocation/feed-log.ts";
export { RevocationFollower } from "./revocation/follower.ts";
export type { CompletedRead, RevocationSink } from "./revocation/follower.ts";
export type { RevocationLookup } from "./revocation/lookup.ts";
export type { RestoredRevocations } from "./revocation/restoration.ts";
export { REVOCATION_REASONS } from "./revocation/reason.ts";
export type { RevocationReason } from "./revocation/reason.ts";
export { Rounds } from "./rounds.ts";
export { DEFAULT_LIFETIMES, longestLifetimeSeconds } from "./session/lifetimes.ts";
export type { Lifetimes, SessionClass } from "./session/lifetimes.ts";
export { carry, FIRST_PARTY, openSession } from "./session/opener.ts";
export type { CarriedSession, Opened, SessionWish } from "./session/opener.ts";
export { signEverybodyOut } from "./session/everybody.ts";
export type { EverybodySignedOut } from "./session/everybody.ts";
export { reauthenticate } from "./session/reauthenticate.ts";
export type { Proof, Reauthenticated } from "./session/reauthenticate.ts";
export { SessionResolver } from "./session/resolver.ts";
export type { Resolved } from "./session/resolver.ts";
export { SessionCache } from "./session/session-cache.ts";
export { ActivityRecorder } from "./session/activity.ts";
export { parseAmr } from "./session/amr.ts";
export type { SecondFactor, SecondFactorAnswer, SecondFactorAttempt } from "./session/second-factor.ts";
export { checkExternal, signIn } from "./session/sign-in.ts";
export type {
  Authenticate,
  Credentials,
  ExternalUser,
  SignedIn,
  SignInParts,
  SignInRefusal,
} from "./session/sign-in.ts";
export { checkNewUser, createUser } from "./user/create.ts";
export type { NewUserChecked, NewUserCreated } from "./user/create.ts";
export { register } from "./user/register.ts";
export type { Registered } from "./user/register.ts";
export { parseUserCursor, readUserCursor, userCursor } from "./user/user-cursor.ts";
export type { UserCursor, UserPlace } from "./user/user-cursor.ts";
export { checkNewUsername } from "./user/username.ts";
export type { NewUsername } from "./user/username.ts";
