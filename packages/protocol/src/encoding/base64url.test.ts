import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";

const SEED = 20_261_124;
const bytes = fc.uint8Array({ maxLength: 200 });
const text = fc.string({ unit: fc.constantFrom(...Array.from("AaZz09-_+/= \n\u00c1\u0141Q")), maxLength: 12 });

describe("base64url", () => {
  test("what is encoded is decoded again, and is what Buffer writes", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const encoded = encodeBase64Url(value);
        expect(encoded).toBe(Buffer.from(value).toString("base64url"));
        expect(decodeBase64Url(encoded)).toEqual(value);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test("R042 a text is decoded only if encoding gives the very same text", () => {
    fc.assert(
      fc.property(fc.oneof(text, bytes.map(encodeBase64Url)), (value) => {
        const lenient = new Uint8Array(Buffer.from(value, "base64url"));
        const isCanonical = Buffer.from(lenient).toString("base64url") === value;
        expect(decodeBase64Url(value)).toEqual(isCanonical ? lenient : null);
      }),
      { seed: SEED, numRuns: 5000 },
    );
  });

  test.each([
    ["the empty text", "", ""],
    ["one byte", "Zg", "f"],
    ["two bytes", "Zm8", "fo"],
    ["three bytes", "Zm9v", "foo"],
    ["six bytes", "Zm9vYmFy", "foobar"],
  ])("the test vectors of RFC 4648 hold: %s", (_name, encoded, decoded) => {
    expect(encodeBase64Url(Buffer.from(decoded))).toBe(encoded);
    expect(Buffer.from(decodeBase64Url(encoded)!).toString()).toBe(decoded);
  });

  test.each([
    ["padding", "Zg=="],
    ["padding alone", "===="],
    ["padding of a whole group", "Zm9v="],
    ["the other alphabet's plus", "ab+/"],
    ["the other alphabet's slash", "ab/A"],
    ["a space before", " Zm9v"],
    ["a space within", "Zm 9"],
    ["a newline behind", "Zm9v\n"],
    ["a tab", "Zm9\t"],
    ["a NUL", "Zm9\u0000"],
    ["a letter beyond ASCII that shares its low byte with one within", "Zm9\u0141"],
    ["a full-width letter", "Zm9\uff21"],
    ["half of an emoji", "Zm9\ud83d"],
    ["one character", "A"],
    ["one character more than whole groups", "Zm9vA"],
    ["bits behind one byte", "Zh"],
    ["all bits behind one byte", "_9"],
    ["bits behind two bytes", "Zm9"],
    ["a dot", "Zm9."],
  ])("R042 %s is refused: %j", (_name, value) => {
    expect(decodeBase64Url(value)).toBeNull();
  });

  test("R042 each byte has one spelling: of the 64 last characters for one byte, 4 are taken", () => {
    const last = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    expect(last.filter((character) => decodeBase64Url(`Z${character}`) !== null)).toEqual(["A", "Q", "g", "w"]);
    expect(last.filter((character) => decodeBase64Url(`Zm${character}`) !== null)).toHaveLength(16);
  });

  test("a view into a larger buffer is encoded alone", () => {
    const large = new Uint8Array([1, 2, 3, 4, 5, 6]);
    expect(encodeBase64Url(large.subarray(2, 4))).toBe(Buffer.from([3, 4]).toString("base64url"));
  });
});
