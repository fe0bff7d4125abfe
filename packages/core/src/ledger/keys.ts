import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { EventContext } from "../events.ts";
import type { SecretFingerprint } from "../secret/keyring.ts";

export interface KeyLedger {
  /**
   * Gives each fingerprint its number, the same for ever and for all processes; notes that the first one seals, and
   * which of those that nobody seals with yet the caller has not; and names those that something alive may be sealed
   * with and the caller lacks. A discarded secret seals nothing and is never missing.
   */
  adoptSecrets(input: AdoptSecrets): Promise<SecretsAdopted>;

  /** Every secret that the ledger has met, by its number. */
  listSecrets(): Promise<SecretsListed>;

  /**
   * Puts one secret in the place of all others, without overlap: they are discarded, and every key that one of them
   * sealed is revoked, also where there is nothing left to discard. Sessions are not looked at: nothing carries them any
   * more.
   */
  replaceSecrets(input: ReplaceSecrets): Promise<SecretsReplaced>;

  /** Adds a signing key unless one of that algorithm signs already: the first of many starting processes wins. */
  addSigningKey(key: NewSigningKey): Promise<SigningKeyAdded>;

  /** Adds a key that verifies and signs nothing yet, unless one of that algorithm is announced already. */
  announceSigningKey(key: AnnounceSigningKey): Promise<SigningKeyAnnounced>;

  /** Lets an announced or a retired key sign; the one of its algorithm that signed is retired in the same moment. */
  promoteSigningKey(input: PromoteSigningKey): Promise<SigningKeyPromoted>;

  /**
   * Moves a key on, never back: announced → signing → retired → revoked. Revoking erases the private half and tells the
   * feed, which is told again of one that was revoked before: somebody wants all that was decided under it looked at
   * again. Where the one that signed ends and another is announced, that one signs from the same moment.
   */
  endSigningKey(input: EndSigningKey): Promise<SigningKeyEnded>;

  /** Deletes a key that has been retired for so long that nothing that it signed is alive. */
  removeSigningKey(input: RemoveSigningKey): Promise<SigningKeyRemoved>;

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
  /** Those of the caller's that an operator has replaced: they open and seal nothing any more. */
  readonly discarded: readonly MissingSecret[];
}

export interface StoredSecret extends MissingSecret {
  /** Milliseconds since the epoch, as all that follow. */
  readonly adoptedAt: number;
  /** When a server last said that it seals with it; `null` for never. */
  readonly sealedAt: number | null;
  /** When a server last checked in without it, while nobody sealed with it; `null` for never. */
  readonly lackedAt: number | null;
  readonly discardedAt: number | null;
}

export interface SecretsListed {
  readonly secrets: readonly StoredSecret[];
  /** The ledger's time. */
  readonly now: number;
}

export interface ReplaceSecrets {
  /** The one that is good from now on; it may be new to the ledger. */
  readonly fingerprint: SecretFingerprint;
  /** Who asked for it; left out where a server does it by itself. */
  readonly context?: EventContext;
}

export type SecretsReplaced =
  | {
      readonly outcome: "replaced";
      readonly discarded: readonly MissingSecret[];
      /** Those that were revoked, with their algorithms: the key of HS256 is the operator's to replace. */
      readonly revokedKeys: readonly Pick<StoredSigningKey, "kid" | "algorithm">[];
    }
  /** It is the only one that is good already. */
  | { readonly outcome: "unchanged" }
  /** It was discarded itself: whoever asks holds the old one. */
  | { readonly outcome: "discarded" };

export interface MissingSecret {
  readonly version: number;
  readonly fingerprint: SecretFingerprint;
}

/** That a secret seals, or that a server lacks it, is written at most this often. */
export const SEALING_NOTE_INTERVAL_MS = 60_000;

export interface ResealSigningKey {
  readonly kid: string;
  /** The secret that it is sealed with now. */
  readonly from: number;
  readonly sealedKey: Uint8Array;
  readonly secretVersion: number;
}

/** An operator has replaced the secret that the key would be sealed with: whoever asks reads its secrets again. */
interface UnderDiscardedSecret {
  readonly outcome: "secret_discarded";
}

export type SigningKeyResealed = { readonly outcome: "resealed" | "unchanged" } | UnderDiscardedSecret;

export interface NewSigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** JSON text of the public JWK; `null` for a symmetric key, which has none. */
  readonly publicJwk: string | null;
  /** The private JWK, sealed; which secret sealed it. */
  readonly sealedKey: Uint8Array;
  readonly secretVersion: number;
}

/** All but the announced one sign or have signed; all of them verify. A revoked key is in no list. */
export type SigningKeyState = "announced" | "signing" | "retired";

export interface StoredSigningKey extends NewSigningKey {
  readonly state: SigningKeyState;
  /** Milliseconds since the epoch, as all that follow. */
  readonly createdAt: number;
  /** `null` while it is announced. */
  readonly signsSince: number | null;
  readonly retiredAt: number | null;
}

export type SigningKeyAdded =
  | { readonly outcome: "added" }
  | { readonly outcome: "exists"; readonly kid: string }
  | UnderDiscardedSecret;

export interface AnnounceSigningKey extends NewSigningKey {
  /** Who asked for it; left out where a server does it by itself. */
  readonly context?: EventContext;
}

export type SigningKeyAnnounced =
  | { readonly outcome: "announced" }
  | { readonly outcome: "exists"; readonly kid: string }
  | UnderDiscardedSecret;

export interface PromoteSigningKey {
  readonly kid: string;
  /** How long it must have been known, in milliseconds: as long as a verifier may cache the JWK Set. */
  readonly minimumAgeMs: number;
  /** Who asked for it; left out where a server does it by itself. */
  readonly context?: EventContext;
}

export type SigningKeyPromoted = { readonly outcome: "promoted" | "too_early" | "already_signing" | "unknown" };

export interface RemoveSigningKey {
  readonly kid: string;
  /** How long it must have been retired, in milliseconds: as long as what it signed can be alive. */
  readonly retiredForMs: number;
}

export type SigningKeyRemoved = { readonly outcome: "removed" | "too_early" | "unknown" };

export interface EndSigningKey {
  readonly kid: string;
  readonly to: "retired" | "revoked";
  /** Who asked for it; left out where a server does it by itself. */
  readonly context?: EventContext;
}

export type SigningKeyEnded = { readonly outcome: "ended" | "already_ended" | "unknown" };
