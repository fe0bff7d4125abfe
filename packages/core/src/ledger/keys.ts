import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { SecretFingerprint } from "../secret/keyring.ts";

export interface KeyLedger {
  /**
   * Gives each fingerprint its number, the same for ever and for all processes, and names those that the ledger
   * knows and the caller lacks.
   */
  adoptSecrets(fingerprints: readonly SecretFingerprint[]): Promise<SecretsAdopted>;

  /** Adds a signing key unless one of that algorithm signs already: the first of many starting processes wins. */
  addSigningKey(key: NewSigningKey): Promise<SigningKeyAdded>;

  /** Moves a key on, never back: signing → retired → revoked. Revoking tells the feed. */
  endSigningKey(input: EndSigningKey): Promise<SigningKeyEnded>;

  /** All keys that are not revoked, oldest first. */
  listSigningKeys(): Promise<readonly StoredSigningKey[]>;
}

export interface SecretsAdopted {
  /** In the order of the input. */
  readonly versions: readonly number[];
  readonly missing: readonly SecretFingerprint[];
}

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
