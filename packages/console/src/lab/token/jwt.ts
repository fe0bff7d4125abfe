import { decodeBase64Url, encodeBase64Url } from "@counterfoil/protocol";

/** A token taken apart. Nothing of it is verified: no key is needed for that, which is the point. */
export interface Decoded {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  /** How many bytes; 0 where there is none. */
  readonly signatureBytes: number;
}

export type JsonObject = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** `null` for what is no HEADER.PAYLOAD.SIGNATURE of two JSON objects. */
export function decodeToken(token: string): Decoded | null {
  const parts = token.trim().split(".");
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) return null;
  const [first, second] = [readPart(header), readPart(payload)];
  const last = signature === "" ? new Uint8Array() : decodeBase64Url(signature);
  if (first === null || second === null || last === null) return null;
  return { header: first, payload: second, signatureBytes: last.length };
}

function readPart(text: string): JsonObject | null {
  const bytes = decodeBase64Url(text);
  return bytes === null ? null : readObject(() => decoder.decode(bytes));
}

/** JSON as it was typed, where it is an object. */
export function readObject(text: () => string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}

/** A header or payload, as it stands in a token. */
export function encodePart(value: JsonObject): string {
  return encodeBase64Url(encoder.encode(JSON.stringify(value)));
}

/** The same token with another payload, and the signature that it had: what anybody can do who holds it. */
export function withPayload(token: string, payload: JsonObject): string {
  const [header = "", , signature = ""] = token.split(".");
  return `${header}.${encodePart(payload)}.${signature}`;
}

/** A token, and how its signature is made from what is signed. */
export async function signToken(
  header: JsonObject,
  payload: JsonObject,
  sign: (signed: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>,
): Promise<string> {
  const signed = `${encodePart(header)}.${encodePart(payload)}`;
  return `${signed}.${encodeBase64Url(await sign(encoder.encode(signed)))}`;
}

/** Signs as HS256 does. */
export function hmacWith(secret: Uint8Array<ArrayBuffer>) {
  return async (signed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
  };
}

/** A key of the page’s own, which no server knows, and its signature as ES256 has it. */
export async function newOwnKey() {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  return {
    jwk: { kty, crv, x, y },
    sign: async (signed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
      new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, signed)),
  };
}
