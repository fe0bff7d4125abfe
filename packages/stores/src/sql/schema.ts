import type {
  CredentialHash,
  EndReason,
  LocatorHash,
  SecretFingerprint,
  Sid,
  SigningKeyState,
  Subject,
  Transport,
  VerifierId,
  VerifierName,
} from "@counterfoil/core";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { Generated } from "kysely";

/**
 * The tables, as the frozen migrations make them. Instants are milliseconds since the epoch; truth values are 0 and 1,
 * and lists are JSON text, because both engines read those alike.
 */
export interface Schema {
  readonly ledger: LedgerRow;
  readonly users: UserRow;
  readonly sessions: SessionRow;
  readonly revocations: RevocationRow;
  readonly events: EventRow;
  readonly attempts: AttemptRow;
  readonly signing_keys: SigningKeyRow;
  readonly secrets: SecretRow;
  readonly password_codes: PasswordCodeRow;
  readonly verifiers: VerifierRow;
}

/** The one row that names this history. */
export interface LedgerRow {
  readonly id: number;
  readonly timeline: string;
  readonly created_at: number;
}

export interface UserRow {
  readonly subject: Subject;
  readonly username: string | null;
  /** `null` also where another user had the name first: an external user signs in without it. */
  readonly canonical_username: string | null;
  readonly password_hash: string | null;
  readonly roles: string;
  readonly claims_version: number;
  readonly disabled: number;
  readonly created_at: number;
  /** The row stays, so that the subject is never given again. */
  readonly deleted_at: number | null;
}

export interface SessionRow {
  readonly sid: Sid;
  readonly locator_hash: LocatorHash;
  readonly subject: Subject;
  readonly username: string | null;
  readonly transport: Transport;
  readonly remember: number;
  readonly client_id: string;
  readonly audience: string | null;
  readonly amr: string;
  readonly auth_time: number;
  readonly created_at: number;
  readonly last_active_at: number;
  readonly inactivity_seconds: number;
  readonly expires_at: number;
  readonly user_agent: string | null;
  readonly counter: number;
  readonly issued_at: number;
  readonly seen: number;
  readonly rotation_key: string | null;
  readonly data: string;
  readonly data_version: number;
  readonly ended_at: number | null;
  readonly end_reason: EndReason | null;
  /**
   * When the purge next has to look at the row: no clock of it runs out before. An index on the clocks themselves would
   * be written with each redemption.
   */
  readonly due_at: number;
  /** What its client called the device at the sign-in. */
  readonly device_name: string | null;
}

export interface RevocationRow {
  readonly id: Generated<number>;
  /** The feed's entry, as it goes over the wire. */
  readonly entry: string;
  /** `null`: it matters for ever. */
  readonly expires_at: number | null;
}

export interface EventRow {
  readonly id: Generated<number>;
  readonly at: number;
  readonly type: string;
  /** The rest of the event's body. */
  readonly details: string;
  readonly subject: Subject | null;
  readonly sid: Sid | null;
  readonly request_id: string | null;
  readonly remote_address: string | null;
  readonly user_agent: string | null;
  /** Who did it, where that is not the subject: an administrator, or the command line. */
  readonly actor: string | null;
}

export interface AttemptRow {
  readonly key: string;
  /** When the bucket is full again (GCRA's theoretical arrival time); of an address, until when it is known. */
  readonly full_at: number;
  /** Read by the version before this one, and written for it. */
  readonly taken: number;
}

export interface SigningKeyRow {
  readonly id: Generated<number>;
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly public_jwk: string | null;
  readonly sealed_key: Uint8Array;
  readonly secret_version: number;
  readonly state: SigningKeyState | "revoked";
  readonly created_at: number;
  readonly signs_since: number | null;
  readonly retired_at: number | null;
}

export interface SecretRow {
  readonly version: number;
  readonly fingerprint: SecretFingerprint;
  readonly adopted_at: number;
  readonly sealed_at: number | null;
  /** When a server last checked in without it, while nobody sealed with it. */
  readonly lacked_at: number | null;
  /** Since when it is good for nothing, because an operator has said so. */
  readonly discarded_at: number | null;
}

/** The one-time code of a user: the newest alone is good. */
export interface PasswordCodeRow {
  readonly subject: Subject;
  readonly code_hash: string;
  readonly expires_at: number;
}

/** A service that may introspect tokens and follow the feed. */
export interface VerifierRow {
  readonly id: VerifierId;
  readonly name: VerifierName;
  readonly credential_hash: CredentialHash;
  readonly created_at: number;
}
