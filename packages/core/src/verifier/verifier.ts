import { decodeBase64Url, encodeBase64Url, PREFIXES } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import type { Random } from "../random.ts";
import { CHECKSUM_LENGTH, withChecksum } from "../secret/checksum.ts";

/** A service that may follow the revocation feed and introspect tokens. It is known by its credential, of which the ledger keeps the hash alone. */
export interface Verifier {
  readonly id: VerifierId;
  /** As the operator calls it; no two have one name. */
  readonly name: VerifierName;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** A verifier's public identifier: safe to log, opens nothing. */
export type VerifierId = string & { readonly __brand: "VerifierId" };

export type VerifierName = string & { readonly __brand: "VerifierName" };

const ID = /^ver_[A-Za-z0-9_-]{22}$/;
/** What goes into a command line, a file name and HTTP's Basic scheme without a quote. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export const VERIFIER_NAME_FORM = "1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit";

export function newVerifierId(random: Random): VerifierId {
  return `ver_${encodeBase64Url(random.bytes(16))}` as VerifierId;
}

export function parseVerifierId(text: string): VerifierId | null {
  return ID.test(text) ? (text as VerifierId) : null;
}

/** A name never looks like an id, since a command takes either. */
export function parseVerifierName(text: string): VerifierName | null {
  return NAME.test(text) && !text.startsWith("ver_") ? (text as VerifierName) : null;
}

/** A credential of the right form: `cfv_` and base64url(32 random bytes | checksum 4 B). */
export type VerifierCredential = string & { readonly __brand: "VerifierCredential" };

/** A credential as the ledger keeps it. */
export type CredentialHash = string & { readonly __brand: "CredentialHash" };

const PREFIX = PREFIXES.verifierCredential;
const LENGTH = 32;

export function newVerifierCredential(crypto: Crypto, random: Random): VerifierCredential {
  const bytes = withChecksum(crypto, random.bytes(LENGTH));
  return (PREFIX + encodeBase64Url(bytes)) as VerifierCredential;
}

/** `null` for what was never generated as one, mistyped or cut: refused before any look-up. */
export function parseVerifierCredential(crypto: Crypto, text: string): VerifierCredential | null {
  if (!text.startsWith(PREFIX)) return null;
  const bytes = decodeBase64Url(text.slice(PREFIX.length));
  if (bytes?.length !== LENGTH + CHECKSUM_LENGTH) return null;
  return crypto.equal(bytes, withChecksum(crypto, bytes.subarray(0, LENGTH))) ? (text as VerifierCredential) : null;
}

/** SHA-256 without a salt: of 256 random bits nothing can be guessed (ASVS V11.4.2). */
export function hashCredential(crypto: Crypto, credential: VerifierCredential): CredentialHash {
  return encodeBase64Url(crypto.sha256(new TextEncoder().encode(credential))) as CredentialHash;
}
