import type { Crypto } from "../crypto.ts";

/** Of what is generated, and copied by hand or by mouse: a slip is told from a wrong one, without a look-up. */
export const CHECKSUM_LENGTH = 4;

/** The bytes, and the beginning of their SHA-256 behind them. */
export function withChecksum(crypto: Crypto, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const checked = new Uint8Array(bytes.length + CHECKSUM_LENGTH);
  checked.set(bytes);
  checked.set(crypto.sha256(bytes).subarray(0, CHECKSUM_LENGTH), bytes.length);
  return checked;
}
