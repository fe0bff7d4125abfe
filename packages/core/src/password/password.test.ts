import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SEED } from "../../test/platform.ts";
import { MAX_PASSWORD_LENGTH, parsePassword } from "./password.ts";

describe("a password", () => {
  test("R110 is the same typed in composed and in decomposed form, and in full width", () => {
    expect(parsePassword("caf\u00e9")).toBe(parsePassword("cafe\u0301"));
    expect(parsePassword("\uff50\uff41\uff53\uff53")).toBe("pass");
    expect(parsePassword("\u212b")).toBe(parsePassword("A\u030a"));
  });

  test.each([
    ["case", "Password", "password"],
    ["a space in front", " password", "password"],
    ["a space behind", "password ", "password"],
    ["two spaces within", "pass  word", "pass word"],
    ["what follows a NUL", "pass\u0000word", "pass\u0000"],
    ["what follows byte 72", `${"a".repeat(72)}b`, `${"a".repeat(72)}c`],
    ["the last of 256 characters", `${"a".repeat(255)}b`, `${"a".repeat(255)}c`],
    ["an accent", "cafe", "caf\u00e9"],
    ["sharp s", "stra\u00dfe", "strasse"],
    ["a dotless i", "\u0131", "i"],
  ])("R110 is another if only %s differs", (_name, one, other) => {
    expect(parsePassword(one)).not.toBe(parsePassword(other));
  });

  test("R110 keeps every character that NFKC keeps", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        expect(parsePassword(text)).toBe(text.normalize("NFKC"));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test("R111 may have 256 code points, also of two UTF-16 units each, and not 257", () => {
    for (const character of ["a", "é", "\u{1f600}", "\u{20000}"]) {
      expect(parsePassword(character.repeat(MAX_PASSWORD_LENGTH))).toBe(character.repeat(256));
      expect(parsePassword(character.repeat(MAX_PASSWORD_LENGTH + 1))).toBeNull();
    }
  });

  test("R111 is measured as it is hashed: what composing makes shorter or longer counts as it is then", () => {
    // Four marks that compose to one character, the most there are, and one character that becomes eighteen.
    expect(parsePassword("\u1f82".normalize("NFD").repeat(256))).toBe("\u1f82".repeat(256));
    expect(parsePassword("\u1f82".normalize("NFD").repeat(257))).toBeNull();
    expect(parsePassword("\ufdfa".repeat(14))).toHaveLength(252);
    expect(parsePassword("\ufdfa".repeat(15))).toBeNull();
  });

  test("R111 of a whole body's size is refused before it is normalised", () => {
    const text = {
      length: 1_000_000,
      normalize: () => {
        throw new Error("it was normalised");
      },
    } as unknown as string;
    expect(parsePassword(text)).toBeNull();
  });
});
