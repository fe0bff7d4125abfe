import { decodeBase64Url, encodeBase64Url } from "@counterfoil/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePart } from "./base64url.ts";

function decode(text: string): Uint8Array | null {
  const from = new TextEncoder().encode(`..${text}..`);
  const bytes = new Uint8Array(3 + text.length);
  const end = decodePart(from, 2, from.length - 2, bytes, 3);
  return end === -1 ? null : bytes.slice(3, end);
}

describe("a part of a token", () => {
  test("is decoded as the protocol decodes it", () => {
    const characters = fc.constantFrom(...Array.from("ABCQgwxyz019-_=+/ \n.é"));
    const texts = fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map(encodeBase64Url),
      fc.array(characters, { maxLength: 12 }).map((array) => array.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const expected = decodeBase64Url(text);
        expect(decode(text)).toEqual(expected);
      }),
      { seed: 42, numRuns: 5000 },
    );
  });

  test("R042 with bits set behind its last byte is no spelling of anything", () => {
    expect(decode("AA")).toEqual(new Uint8Array(1));
    expect(["AB", "AP", "AAB", "AAD", "A"].map(decode)).toEqual([null, null, null, null, null]);
  });
});
