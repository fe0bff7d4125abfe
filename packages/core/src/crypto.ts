import type { SigningAlgorithm } from "@counterfoil/protocol";

/**
 * Cryptography, synchronous: an awaited WebCrypto HMAC costs twenty times its own work in promises, and interleaves
 * what must not be interleaved. The composition root passes the platform's.
 */
export interface Crypto {
  sha256(data: Uint8Array): Uint8Array<ArrayBuffer>;
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer>;
  /** HKDF-SHA-256 without salt (RFC 5869): `info` alone keeps the derived keys apart. */
  hkdfSha256(secret: Uint8Array, info: string, length: number): Uint8Array<ArrayBuffer>;
  /** Constant-time comparison (ASVS V11.2.4). Different lengths are unequal. */
  equal(left: Uint8Array, right: Uint8Array): boolean;
  /** AES-256-GCM: nonce, ciphertext and tag in one. `bound` is authenticated with it and not stored. */
  seal(key: Uint8Array, plaintext: Uint8Array, bound: Uint8Array): Uint8Array<ArrayBuffer>;
  /** What {@link Crypto.seal} sealed, or `null` if the key, the box or `bound` is another. */
  open(key: Uint8Array, box: Uint8Array, bound: Uint8Array): Uint8Array<ArrayBuffer> | null;
  /** A new private key for an asymmetric algorithm; RSA has 3072 bits. */
  generateKey(algorithm: AsymmetricAlgorithm): PrivateKeyJwk;
  /** Prepares a key once, so that each signature is only a signature. */
  signer(algorithm: SigningAlgorithm, key: PrivateKeyJwk): Signer;
}

export type AsymmetricAlgorithm = Exclude<SigningAlgorithm, "HS256">;

/** A private or symmetric key as a JWK (RFC 7517): it holds secret members, and exists only sealed or in memory. */
export interface PrivateKeyJwk {
  readonly kty: string;
  readonly [member: string]: unknown;
}

/** The signature of `data` in the form that JWS wants (RFC 7518 §3.4: ECDSA as `r || s`). */
export type Signer = (data: Uint8Array) => Uint8Array;
