const VALUES = new Uint8Array(256).fill(255);
"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".split("").forEach((character, value) => {
  VALUES[character.charCodeAt(0)] = value;
});

/**
 * Writes to `bytes`, from `at` on, what the characters of `text` from `start` to before `end` spell in canonical
 * base64url: the protocol's `decodeBase64Url`, four characters at a time and from bytes to bytes, since it reads every
 * token that was not seen before.
 *
 * @returns where it stopped writing, or -1 for anything else than canonical base64url
 */
export function decodePart(text: Uint8Array, start: number, end: number, bytes: Uint8Array, at: number): number {
  const rest = (end - start) % 4;
  if (rest === 1) return -1;
  const whole = end - rest;
  let next = at;
  // A character outside the alphabet has the value 255, which leaves its mark above the six bits of all others.
  let marks = 0;
  for (let index = start; index < whole; index += 4) {
    const a = VALUES[text[index]!]!;
    const b = VALUES[text[index + 1]!]!;
    const c = VALUES[text[index + 2]!]!;
    const d = VALUES[text[index + 3]!]!;
    marks |= a | b | c | d;
    bytes[next++] = (a << 2) | (b >> 4);
    bytes[next++] = (b << 4) | (c >> 2);
    bytes[next++] = (c << 6) | d;
  }
  if (rest > 0) {
    const a = VALUES[text[whole]!]!;
    const b = VALUES[text[whole + 1]!]!;
    const c = rest === 3 ? VALUES[text[whole + 2]!]! : 0;
    marks |= a | b | c;
    bytes[next++] = (a << 2) | (b >> 4);
    if (rest === 3) bytes[next++] = (b << 4) | (c >> 2);
    // The bits behind the last byte: anything but zero would be a second spelling (RFC 4648 §3.5).
    if ((rest === 3 ? c & 3 : b & 15) !== 0) return -1;
  }
  return marks < 64 ? next : -1;
}
