import { decodeBase64Url, encodeBase64Url, PREFIXES } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import type { Random } from "../random.ts";

/**
 * A one-time code, `cfp_` and 16 random bytes: whoever has it chooses the user's password, once. It is the only way to
 * a password that is not the user's own change, so nobody ever chooses another's (ASVS V6.4.6).
 */
export type PasswordCode = string & { readonly __brand: "PasswordCode" };

/** A code as the ledger keeps it: a copy of the ledger redeems nothing. 128 random bits need no slow hash. */
export type PasswordCodeHash = string & { readonly __brand: "PasswordCodeHash" };

/** How long a code is good (ASVS V6.4.1, V6.5.5). */
export const PASSWORD_CODE_TTL_SECONDS = 15 * 60;

const PREFIX = PREFIXES.passwordCode;
const LENGTH = 16;

export function newPasswordCode(random: Random): PasswordCode {
  return (PREFIX + encodeBase64Url(random.bytes(LENGTH))) as PasswordCode;
}

/** `null` for a text that cannot be a code: it is refused without a look into the ledger. */
export function parsePasswordCode(text: string): PasswordCode | null {
  if (!text.startsWith(PREFIX) || text.length > 64) return null;
  return decodeBase64Url(text.slice(PREFIX.length))?.length === LENGTH ? (text as PasswordCode) : null;
}

export function hashPasswordCode(crypto: Crypto, code: PasswordCode): PasswordCodeHash {
  return encodeBase64Url(crypto.sha256(new TextEncoder().encode(code))) as PasswordCodeHash;
}
