import type {
  ActivityRecorder,
  AddedClaims,
  Crypto,
  EventRecorder,
  FeedLog,
  ForgeryWatch,
  Ledger,
  LiveKeyring,
  PasswordHash,
  PasswordPolicy,
  Random,
  RevocationFollower,
  RevocationLookup,
  SecretWatch,
  SessionCache,
  SessionResolver,
  SigningKeyHolder,
  SignInParts,
  Turns,
} from "@counterfoil/core";
import type { ConnectionGuard, Kernel } from "@counterfoil/verifier/node";
import type { EventMinutes } from "./activity/event-minutes.ts";
import type { RevocationMinutes } from "./activity/revocation-minutes.ts";
import type { Settings } from "./config/settings.ts";
import type { EventStreams } from "./http/event-streams.ts";
import type { FeedStreams } from "./http/feed-streams.ts";
import type { PageStreams } from "./http/page-streams.ts";
import type { VerifierContacts } from "./http/verifier-contacts.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { NoticeSink } from "./notice.ts";
import type { Pages } from "./pages/pages.ts";
import type { PasswordResets } from "./password-reset.ts";
import type { SecurityEvent } from "./security-events.ts";

/** What a running server is made of: the composition root makes it, the routes use it. */
export interface Services {
  readonly settings: Settings;
  readonly cookieName: string;
  readonly ledger: Ledger;
  readonly crypto: Crypto;
  readonly keyring: LiveKeyring;
  readonly secrets: SecretWatch;
  readonly keys: SigningKeyHolder;
  readonly kernel: Kernel;
  readonly follower: RevocationFollower;
  /** What the kernel has been told, as the core asks it. */
  readonly revocations: RevocationLookup;
  readonly cache: SessionCache;
  readonly resolver: SessionResolver;
  readonly activity: ActivityRecorder;
  readonly recorder: EventRecorder;
  readonly streams: EventStreams;
  readonly feedLog: FeedLog;
  readonly feedStreams: FeedStreams;
  readonly pageStreams: PageStreams;
  readonly verifierContacts: VerifierContacts;
  readonly eventMinutes: EventMinutes;
  readonly revocationMinutes: RevocationMinutes;
  /** The application's own, which `cf.verifier.guard` was given. */
  readonly connections: ConnectionGuard;
  readonly forgeries: ForgeryWatch;
  readonly signIn: SignInParts;
  /** What a new password must be: for `checkNewPassword`. */
  readonly passwordPolicy: PasswordPolicy;
  /** Dear: to be used in the turn of {@link Services.passwordTurns}. */
  readonly passwordHash: PasswordHash;
  readonly passwordTurns: Turns;
  /** `null` where the application sends no one-time codes. */
  readonly passwordResets: PasswordResets | null;
  readonly claims: AddedClaims | undefined;
  readonly random: Random;
  readonly notice: NoticeSink;
  /** `null` where the application does not want to hear of them. */
  readonly tellSecurityEvent: ((event: SecurityEvent) => void) | null;
  /** Aborted when the process is about to stop: `/readyz` says so from then on, and streams are to end themselves. */
  readonly stopping: AbortSignal;
  /** `null` where nobody looks. */
  readonly metrics: Metrics | null;
  /** The web pages. */
  readonly pages: Pages;
  /** What `/openapi.json` answers. */
  openApi(): string;
  nextRequestId(): string;
  /**
   * Looks at once at what is looked at every half minute: the operator's secrets, and the signing keys and what is due
   * with them. To be awaited after whatever changes a key, so that this process signs with the right one when it answers.
   *
   * @throws StoreError if the ledger is out of reach
   */
  upkeep(): Promise<void>;
  /**
   * To be awaited after whatever revokes: this process then refuses what was revoked before it answers. A log that
   * cannot be read just now is no reason to fail a revocation that stands.
   */
  revoked(): Promise<void>;
}
