import { CounterfoilError } from "@counterfoil/core";
import { readBodyText } from "./body-text.ts";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A body, read: unknown in shape, but without the ambiguities that {@link readJson} refuses. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

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
  const text = await readBodyText(request);
  if (text === "") return {};
  if (contentType === null) throw wrongContentType();
  return parseJson(text);
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

function wrongContentType(): CounterfoilError {
  return new CounterfoilError(
    "unsupported_media_type",
    "Send the body as `Content-Type: application/json` (charset=utf-8 may follow, nothing else), or send none at all.",
  );
}

function invalid(sentence: string): CounterfoilError {
  return new CounterfoilError("invalid_request", sentence);
}
