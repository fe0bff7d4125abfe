import { CounterfoilError } from "@counterfoil/core";

/** The most that a body may hold, in bytes. */
export const MAX_BODY_BYTES = 16 * 1024;

/**
 * A body of at most 16 KiB as the text that it is in UTF-8; the empty text where there is none.
 *
 * @throws CounterfoilError `unsupported_media_type`, `payload_too_large` or `invalid_request`; the sentence quotes
 *   nothing of the body
 * @throws TypeError if something else has read the body already
 */
export async function readBodyText(request: Request): Promise<string> {
  if (request.headers.has("content-encoding")) {
    throw new CounterfoilError("unsupported_media_type", "Send the body as it is, without Content-Encoding.");
  }
  return decodeUtf8(await readBytes(request));
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

function tooLarge(): CounterfoilError {
  return new CounterfoilError("payload_too_large", "The body is larger than 16 KiB.");
}

function invalid(sentence: string): CounterfoilError {
  return new CounterfoilError("invalid_request", sentence);
}
