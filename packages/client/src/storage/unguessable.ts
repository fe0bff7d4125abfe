import { encodeBase64Url } from "@counterfoil/protocol";

/** 128 bits that nobody can guess and nobody else has made. */
export function unguessable(): string {
  return encodeBase64Url(globalThis.crypto.getRandomValues(new Uint8Array(16)));
}
