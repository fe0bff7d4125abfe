import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { SecretFingerprint } from "../secret/keyring.ts";

export interface KeyLedger {
  /**
   * Gives each fingerprint its number, the same for ever and for all processes; notes that the first one seals; and
   * names those that something alive may be sealed with and the caller lacks.
   */
  adoptSecrets(input: AdoptSecrets): Promise<SecretsAdopted>;

  /** Adds a signing key unless one of that algorithm signs already: the first of many starting processes wins. */
  addSigningKey(key: NewSigningKey): Promise<SigningKeyAdded>;

  /** Moves a key on, never back: signing → retired → revoked. Revoking tells the feed. */
  endSigningKey(input: EndSigningKey): Promise<SigningKeyEnded>;

  /** Puts a key under another secret, unless somebody else has since, or it is revoked. */
  resealSigningKey(input: ResealSigningKey): Promise<SigningKeyResealed>;

  /** All keys that are not revoked, oldest first. */
  listSigningKeys(): Promise<readonly StoredSigningKey[]>;
}

export interface AdoptSecrets {
  /** At least one; the first seals. */
  readonly fingerprints: readonly SecretFingerprint[];
  /** How long what a secret has sealed can live: a secret that nobody seals with for longer is needed no more. */
  readonly neededSeconds: number;
}

export interface SecretsAdopted {
  /** In the order of the input. */
  readonly versions: readonly number[];
  readonly missing: readonly MissingSecret[];
}

export interface MissingSecret {
  readonly version: number;
  readonly fingerprint: SecretFingerprint;
}

/** That a secret seals is written at most this often. */
export const SEALING_NOTE_INTERVAL_MS = 60_000;

export interface ResealSigningKey {
  readonly kid: string;
  /** The secret that it is sealed with now. */
  readonly from: number;
  readonly sealedKey: Uint8Array;
  readonly secretVersion: number;
}

export type SigningKeyResealed = { readonly outcome: "resealed" | "unchanged" };

export interface NewSigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** JSON text of the public JWK; `null` for a symmetric key, which has none. */
  readonly publicJwk: string | null;
  /** The private JWK, sealed; which secret sealed it. */
  readonly sealedKey: Uint8Array;
  readonly secretVersion: number;
}

export type SigningKeyState = "signing" | "retired";

export interface StoredSigningKey extends NewSigningKey {
  readonly state: SigningKeyState;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export type SigningKeyAdded = { readonly outcome: "added" } | { readonly outcome: "exists"; readonly kid: string };

export interface EndSigningKey {
  readonly kid: string;
  readonly to: "retired" | "revoked";
}

export type SigningKeyEnded = { readonly outcome: "ended" | "already_ended" | "unknown" };
