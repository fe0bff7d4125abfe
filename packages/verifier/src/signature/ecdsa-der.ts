const INTEGER_BYTES = 32;
const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** How long r and s of P-256 are side by side (RFC 7518 §3.4). */
export const ES256_LENGTH = 2 * INTEGER_BYTES;

// Two integers of at most 33 bytes: every length fits in one byte. One workplace for all signatures: beyond 64 bytes
// an array has memory of its own, which costs more than the conversion.
const der = new Uint8Array(2 + 2 * (2 + 1 + INTEGER_BYTES));

/**
 * JOSE's r and s in the DER that OpenSSL reads. `node:crypto` does this too (`dsaEncoding: "ieee-p1363"`), but takes
 * the key apart to learn the length: a third of the whole verification.
 *
 * @param signature of {@link ES256_LENGTH} bytes
 * @returns a view that the next call overwrites
 */
export function toDer(signature: Uint8Array): Uint8Array {
  const middle = writeInteger(2, signature, 0);
  const end = writeInteger(middle, signature, INTEGER_BYTES);
  der[0] = SEQUENCE;
  der[1] = end - 2;
  return der.subarray(0, end);
}

/** Unsigned, big-endian and shortest: no leading zeros, but one before a set top bit (X.690 §8.3). */
function writeInteger(at: number, signature: Uint8Array, start: number): number {
  const end = start + INTEGER_BYTES;
  let first = start;
  while (first < end - 1 && signature[first] === 0) first++;
  const sign = signature[first]! >> 7;
  const length = end - first + sign;
  der[at] = INTEGER;
  der[at + 1] = length;
  der[at + 2] = 0;
  for (let index = first; index < end; index++) der[at + 2 + sign + index - first] = signature[index]!;
  return at + 2 + length;
}
