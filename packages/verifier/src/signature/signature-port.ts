import type { VerificationJwk } from "../key/jwk.ts";

/**
 * Whether `signature` is the key's over `signingInput`. A comparison with a secret takes the same time wherever it
 * fails.
 */
export type SignatureCheck = (signingInput: Uint8Array, signature: Uint8Array) => boolean;

/** The platform's cryptography, synchronous: a promise costs a cached or symmetric check more than its work. */
export interface SignaturePort {
  /**
   * Binds one key to its one algorithm.
   *
   * @throws if the platform cannot use the key: a point off its curve, for one
   */
  importKey(jwk: VerificationJwk): SignatureCheck;
}

/** Bytes that nobody shares with another thread, as the web's types ask for them. */
type OwnBytes = Uint8Array<ArrayBuffer>;

/** The same, where the platform's cryptography answers by promises alone. */
export type AsyncSignatureCheck = (signingInput: OwnBytes, signature: OwnBytes) => Promise<boolean>;

export interface AsyncSignaturePort {
  /**
   * Binds one key to its one algorithm.
   *
   * @returns rejects if the platform cannot use the key; with a `NotSupportedError` if it lacks the algorithm
   */
  importKey(jwk: VerificationJwk): Promise<AsyncSignatureCheck>;
}
