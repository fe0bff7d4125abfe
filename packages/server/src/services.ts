import type {
  AddedClaims,
  Crypto,
  EventRecorder,
  HashPool,
  Keyring,
  Ledger,
  Random,
  RevocationFollower,
  SecretFingerprint,
  SessionCache,
  SessionResolver,
  SigningKeys,
  SignInParts,
} from "@counterfoil/core";
import type { Kernel } from "@counterfoil/verifier";
import type { Settings } from "./config/settings.ts";
import type { NoticeSink } from "./notice.ts";

/** What a running server is made of: the composition root makes it, the routes use it. */
export interface Services {
  readonly settings: Settings;
  readonly cookieName: string;
  readonly ledger: Ledger;
  readonly crypto: Crypto;
  readonly keyring: Keyring;
  /** Secrets that the ledger knows and this server lacks: it is not ready without them. */
  readonly missingSecrets: readonly SecretFingerprint[];
  readonly keys: SigningKeys;
  readonly kernel: Kernel;
  readonly follower: RevocationFollower;
  readonly cache: SessionCache;
  readonly resolver: SessionResolver;
  readonly recorder: EventRecorder;
  readonly signIn: SignInParts;
  /**
   * Places for what checks a password, from its first write to its last. Each takes an attempt in the ledger before
   * the password is looked at: without a bound a flood fills the one queue of writes, and everybody's refresh waits
   * behind it.
   */
  readonly signInPlaces: HashPool;
  readonly claims: AddedClaims | undefined;
  readonly random: Random;
  readonly notice: NoticeSink;
  nextRequestId(): string;
  /**
   * To be awaited after whatever revokes: this process then refuses what was revoked before it answers. A log that
   * cannot be read just now is no reason to fail a revocation that stands.
   */
  revoked(): Promise<void>;
}
