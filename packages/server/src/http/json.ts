import { CounterfoilError } from "@counterfoil/core";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A body, read: unknown in shape, but without the ambiguities that {@link readJson} refuses. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** The most that a body may hold, in bytes. */
export const MAX_BODY_BYTES = 16 * 1024;

/** The top-level object is at depth 1. */
const MAX_DEPTH = 8;

// One parameter, one charset, nothing behind it: a browser sends `application/json` across origins only after a
// preflight, so whatever merely begins or ends like it must not pass for it (CVE-2022-41919, ASVS V3.5.2). Two headers
// arrive as "x, y" and fail here too (ASVS V4.2.1).
const JSON_CONTENT_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * The one reader of bodies. No body, or one of no bytes, is `{}`.
 *
 * It accepts only what every parser reads alike: `application/json`, UTF-8, at most 16 KiB, an object at the top, at
 * most 8 levels, each member name once, no name that reaches a prototype, no lone surrogate, no infinite number. What
 * two parsers read differently, one of them decides by and the other one acts on (RFC 8259 §4, ASVS V1.5.3).
 *
 * @throws CounterfoilError `unsupported_media_type`, `payload_too_large` or `invalid_request`; the sentence quotes
 *   nothing of the body, since passwords are in it
 * @throws TypeError if something else has read the body already
 */
export async function readJson(request: Request): Promise<JsonObject> {
  const contentType = request.headers.get("content-type");
  if (contentType !== null && !JSON_CONTENT_TYPE.test(contentType)) throw wrongContentType();
  if (request.headers.has("content-encoding")) {
    throw new CounterfoilError("unsupported_media_type", "Send the body as it is, without Content-Encoding.");
  }
  const bytes = await readBytes(request);
  if (bytes.length === 0) return {};
  if (contentType === null) throw wrongContentType();
  return parseJson(decodeUtf8(bytes));
}

/**
 * The object that `text` spells, by the rules of {@link readJson}.
 *
 * @throws CounterfoilError `invalid_request`
 */
export function parseJson(text: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    // The parser's own error quotes the text around the mistake, which may be a password: it is not even the cause.
    throw invalid("The body is not valid JSON (RFC 8259): names and strings in double quotes, no trailing comma.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid('The body must be a JSON object, such as {"username": "…"}.');
  }
  checkTokens(text);
  return value as JsonObject;
}

// In a text that JSON.parse has accepted, these are all tokens that matter here; white space and the three literals
// lie between them. Its alternatives begin with different characters, so it never goes back.
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\],]/g;

/** What JSON.parse lets pass and we do not. `text` is valid JSON. */
function checkTokens(text: string): void {
  // The member names of each open object so far; `null` for an open array, whose strings are no names.
  const open: (Set<string> | null)[] = [];
  let expectsName = false;
  for (const [token] of text.matchAll(TOKEN)) {
    switch (token.charAt(0)) {
      case "{":
      case "[":
        open.push(token === "{" ? new Set() : null);
        if (open.length > MAX_DEPTH) throw invalid(`The body is nested more than ${MAX_DEPTH} levels deep.`);
        expectsName = true;
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case ",":
        expectsName = true;
        break;
      case '"':
        checkString(token, expectsName ? open.at(-1) : null);
        // A member's value comes next, and a string there is no name.
        expectsName = false;
        break;
      default:
        if (!Number.isFinite(Number(token))) throw invalid("A number in the body is too large.");
    }
  }
}

/** @param names those of the object that the string is a member name of; none where it is a value */
function checkString(token: string, names: Set<string> | null | undefined): void {
  // Decoded first: "\u005f_proto__" is the same name.
  const text = JSON.parse(token) as string;
  // Half a character has no UTF-8, so it would be stored as something else than was compared (RFC 8259 §8.2).
  if (/\p{Surrogate}/u.test(text))
    throw invalid("A string in the body has half of a surrogate pair (\\ud800–\\udfff).");
  if (names === null || names === undefined) return;
  if (FORBIDDEN_NAMES.has(text)) {
    throw invalid("No member of the body may be named __proto__, constructor or prototype.");
  }
  if (names.has(text)) throw invalid("A member name occurs twice in one object of the body: send each once.");
  names.add(text);
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (request.bodyUsed) {
    throw new TypeError("The body has been read before Counterfoil saw the request: mount it ahead of body parsers.");
  }
  if (request.body === null) return new Uint8Array();
  const declared = request.headers.get("content-length");
  if (declared !== null && !/^\d{1,15}$/.test(declared)) throw invalid("Content-Length must be one decimal number.");

  const reader = request.body.getReader();
  if (declared !== null && Number(declared) > MAX_BODY_BYTES) {
    abandon(reader);
    throw tooLarge();
  }
  const bytes = new Uint8Array(MAX_BODY_BYTES);
  let length = 0;
  for (;;) {
    const { done, value } = await readChunk(reader);
    if (done) return bytes.subarray(0, length);
    // Counted as it comes: Content-Length may be absent (chunked) or a lie.
    if (length + value.length > MAX_BODY_BYTES) {
      abandon(reader);
      throw tooLarge();
    }
    bytes.set(value, length);
    length += value.length;
  }
}

async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    // The client went away in the middle. Nothing of ours is broken, so it must not be counted as `internal`.
    throw new CounterfoilError("invalid_request", "The body broke off before its end.", { cause });
  }
}

/** Takes no more of it. Not awaited: whoever sends without end could make the answer wait for as long. */
function abandon(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  reader.cancel().catch(() => undefined);
}

function decodeUtf8(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid("The body is not valid UTF-8.");
  }
  if (text.startsWith("\ufeff")) throw invalid("The body begins with a byte order mark: send UTF-8 without one.");
  return text;
}

function wrongContentType(): CounterfoilError {
  return new CounterfoilError(
    "unsupported_media_type",
    "Send the body as `Content-Type: application/json` (charset=utf-8 may follow, nothing else), or send none at all.",
  );
}

function tooLarge(): CounterfoilError {
  return new CounterfoilError("payload_too_large", "The body is larger than 16 KiB.");
}

function invalid(sentence: string): CounterfoilError {
  return new CounterfoilError("invalid_request", sentence);
}
