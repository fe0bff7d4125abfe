import { CounterfoilError } from "@counterfoil/core";
import { readBodyText } from "./body-text.ts";

/** A form, read: each name once, values that are not empty. */
export type Form = ReadonlyMap<string, string>;

// Two headers arrive as "x, y" and fail here (ASVS V4.2.1).
const FORM_CONTENT_TYPE = /^application\/x-www-form-urlencoded(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/**
 * The reader of bodies under `/oauth/`: `application/x-www-form-urlencoded` in UTF-8 (RFC 6749 §3.2 and appendix B), at
 * most 16 KiB. It accepts only what every parser reads alike: a name once, and percent signs that encode UTF-8. A
 * parameter without a value counts as left out (§3.2).
 *
 * @throws CounterfoilError `unsupported_media_type`, `payload_too_large` or `invalid_request`; the sentence quotes
 *   nothing of the body, since tokens are in it
 */
export async function readForm(request: Request): Promise<Form> {
  if (!FORM_CONTENT_TYPE.test(request.headers.get("content-type") ?? "")) {
    throw new CounterfoilError(
      "unsupported_media_type",
      "Send the parameters in the body, as Content-Type: application/x-www-form-urlencoded (charset=utf-8 may follow, nothing else).",
    );
  }
  return parseForm(await readBodyText(request));
}

/**
 * The parameters that `text` spells, by the rules of {@link readForm}.
 *
 * @throws CounterfoilError `invalid_request`
 */
export function parseForm(text: string): Form {
  const names = new Set<string>();
  const form = new Map<string, string>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? "" : decode(pair.slice(equals + 1));
    if (names.has(name)) throw invalid("A parameter occurs twice in the body: send each once (RFC 6749, 3.2).");
    names.add(name);
    if (value !== "") form.set(name, value);
  }
  return form;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw invalid("A percent sign in the body does not encode UTF-8 (RFC 6749, appendix B).");
  }
}

function invalid(sentence: string): CounterfoilError {
  return new CounterfoilError("invalid_request", sentence);
}
