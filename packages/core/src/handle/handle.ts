import { decodeBase64Url, encodeBase64Url, PREFIXES } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import type { Keyring } from "../secret/keyring.ts";

/**
 * A sealed handle: `prefix + base64url(secret version 1 | locator 16 | counter 4 | MAC 16)`.
 *
 * The MAC makes a forged or mistyped handle worthless before any look-up; the locator finds the session by its hash,
 * so a copy of the ledger signs nobody in; the counter names a generation, so that a refresh token's successor is
 * derived again from the handle that is presented, and never stored.
 */
export type HandleKind = "session" | "refresh";

export const HANDLE_PREFIX: Readonly<Record<HandleKind, string>> = {
  session: PREFIXES.sessionToken,
  refresh: PREFIXES.refreshToken,
};

const LOCATOR_LENGTH = 16;
const SIGNED_LENGTH = 1 + LOCATOR_LENGTH + 4;
const MAC_LENGTH = 16;
const TEXT_LENGTH = 4 + Math.ceil(((SIGNED_LENGTH + MAC_LENGTH) * 4) / 3);
const MAX_COUNTER = 0xffff_ffff;

export interface Handle {
  readonly kind: HandleKind;
  /** The version of the secret that sealed it. */
  readonly secretVersion: number;
  readonly locator: Uint8Array<ArrayBuffer>;
  readonly counter: number;
}

/** A locator as the ledger keeps it. */
export type LocatorHash = string & { readonly __brand: "LocatorHash" };

export function hashLocator(crypto: Crypto, locator: Uint8Array): LocatorHash {
  return encodeBase64Url(crypto.sha256(locator)) as LocatorHash;
}

/** Seals under the first secret of the ring. `locator` is 16 random bytes; `counter` at most 2^32 - 1. */
export function sealHandle(
  crypto: Crypto,
  keyring: Keyring,
  kind: HandleKind,
  locator: Uint8Array,
  counter: number,
): string {
  if (locator.length !== LOCATOR_LENGTH) throw new RangeError("a locator has 16 bytes");
  if (!Number.isInteger(counter) || counter < 0 || counter > MAX_COUNTER) throw new RangeError("a counter has 32 bits");
  const bytes = new Uint8Array(SIGNED_LENGTH + MAC_LENGTH);
  bytes[0] = keyring.sealing.version;
  bytes.set(locator, 1);
  new DataView(bytes.buffer).setUint32(1 + LOCATOR_LENGTH, counter);
  const mac = crypto.hmacSha256(keyring.sealing.handleKeys[kind], bytes.subarray(0, SIGNED_LENGTH));
  bytes.set(mac.subarray(0, MAC_LENGTH), SIGNED_LENGTH);
  return HANDLE_PREFIX[kind] + encodeBase64Url(bytes);
}

/** The handle, or `null` for a text that was never sealed as one of that kind under a secret of the ring. No I/O. */
export function unsealHandle(crypto: Crypto, keyring: Keyring, kind: HandleKind, text: string): Handle | null {
  const bytes = readHandle(kind, text);
  if (bytes === null) return null;
  const secretVersion = bytes[0]!;
  const secret = keyring.byVersion.get(secretVersion);
  if (secret === undefined) return null;
  const mac = crypto.hmacSha256(secret.handleKeys[kind], bytes.subarray(0, SIGNED_LENGTH)).subarray(0, MAC_LENGTH);
  if (!crypto.equal(mac, bytes.subarray(SIGNED_LENGTH))) return null;
  return {
    kind,
    secretVersion,
    locator: bytes.slice(1, 1 + LOCATOR_LENGTH),
    counter: new DataView(bytes.buffer).getUint32(1 + LOCATOR_LENGTH),
  };
}

/** Which secret a text says that it was sealed with; `null` where it has not the form of a handle. Anybody can say so. */
export function claimedSecretVersion(kind: HandleKind, text: string): number | null {
  return readHandle(kind, text)?.[0] ?? null;
}

function readHandle(kind: HandleKind, text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length !== TEXT_LENGTH || !text.startsWith(HANDLE_PREFIX[kind])) return null;
  return decodeBase64Url(text.slice(HANDLE_PREFIX[kind].length));
}
