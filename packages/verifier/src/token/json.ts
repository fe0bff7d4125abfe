/** Nothing that we sign is nested deeper; an attacker's header may not choose the depth of our stack. */
const MAX_DEPTH = 16;

// `ignoreBOM` keeps a byte order mark in the text, where JSON refuses it; without it the mark would vanish.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The JSON object that `bytes` spell, frozen throughout, or `null` if they are not one, or not in one reading only:
 * invalid UTF-8, a byte order mark, a member name twice in one object, half of a surrogate pair, or more than 16
 * levels. Parsers differ in what they make of each of these, and a token must mean one thing (RFC 7519 §4, RFC 8725
 * §3.7).
 */
export function decodeJsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  // Well-formed UTF-8 has no half pairs: only an escape can write one.
  const kept = freezeAndCount(value, text.includes("\\u"), MAX_DEPTH);
  return kept === countWritten(bytes) ? (value as Readonly<Record<string, unknown>>) : null;
}

/**
 * How many members the text writes: its colons outside strings, for it is known to be JSON, and in UTF-8 no byte of
 * another character is one of ASCII. The parsed value has fewer exactly if a name was repeated, however its letters
 * were escaped.
 */
function countWritten(bytes: Uint8Array): number {
  let count = 0;
  let index = 0;
  while (index < bytes.length) {
    const byte = bytes[index++];
    if (byte === COLON) count++;
    else if (byte === QUOTE) index = endOfString(bytes, index);
  }
  return count;
}

/** Behind the quote that closes the string which `start` is within. */
function endOfString(bytes: Uint8Array, start: number): number {
  let index = start;
  while (index < bytes.length) {
    const byte = bytes[index++];
    if (byte === QUOTE) break;
    if (byte === BACKSLASH) index++;
  }
  return index;
}

const COLON = 0x3a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How many members `value` has at all levels; `NaN`, which equals no count, for half a pair or too deep a level. */
function freezeAndCount(value: unknown, escaped: boolean, depth: number): number {
  if (typeof value === "string") return escaped && LONE_SURROGATE.test(value) ? Number.NaN : 0;
  if (typeof value !== "object" || value === null) return 0;
  if (depth === 0) return Number.NaN;
  const isList = Array.isArray(value);
  const items: readonly unknown[] = isList ? value : Object.values(value);
  let members = isList ? 0 : items.length;
  // A loop by index: an iterator for each list would be made and dropped.
  for (let index = 0; index < items.length; index++) members += freezeAndCount(items[index], escaped, depth - 1);
  if (escaped && !isList) for (const name of Object.keys(value)) members += freezeAndCount(name, escaped, depth);
  Object.freeze(value);
  return members;
}
