import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SEED, seededRandom } from "../../test/platform.ts";
import { canonicalUsername, newSubject, parseRoles, parseSubject } from "./user.ts";

describe("a user name", () => {
  test("R113 ALICE, alice and both in full width are one name", () => {
    const spellings = ["ALICE", "alice", "aLiCe", "a\u006cice", "\uff21\uff2c\uff29\uff23\uff25", "\uff41lice"];
    expect(new Set(spellings.map(canonicalUsername))).toEqual(new Set(["alice"]));
  });

  test.each([
    ["composed and decomposed", "JOS\u00c9", "jose\u0301"],
    ["the Kelvin sign and k", "\u212aavya", "kavya"],
    ["a ligature and its letters", "\ufb01lip", "filip"],
    ["circled digits and digits", "user\u2460", "user1"],
    [
      "capitals and small letters with a final sigma",
      "\u039d\u0399\u039a\u039f\u03a3",
      "\u03bd\u03b9\u03ba\u03bf\u03c2",
    ],
  ])("%s are one name", (_name, one, other) => {
    expect(canonicalUsername(one)).toBe(canonicalUsername(other));
  });

  test.each([
    ["an accent", "jose", "jos\u00e9"],
    ["a space", "alice", "alice "],
    ["another alphabet's look-alike", "alice", "\u0430lice"],
    ["a dot", "a.lice", "alice"],
  ])("%s makes another name", (_name, one, other) => {
    expect(canonicalUsername(one)).not.toBe(canonicalUsername(other));
  });

  test("R113 is canonical once and for all: its canonical form is its own, for every character there is", () => {
    const unstable: string[] = [];
    // Planes 0 to 3: in the others nothing has another form.
    for (let point = 0; point < 0x4_0000; point++) {
      const character = String.fromCodePoint(point);
      const name = canonicalUsername(character);
      if (name !== character && canonicalUsername(name) !== name) unstable.push(point.toString(16));
    }
    expect(unstable).toEqual([]);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (text) => {
        const name = canonicalUsername(text);
        expect(canonicalUsername(name)).toBe(name);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe("roles", () => {
  test("come in one order and once each", () => {
    expect(parseRoles(["user", "admin", "user"])).toEqual(["admin", "user"]);
    expect(parseRoles([])).toEqual([]);
    const given = ["b", "a"];
    parseRoles(given);
    expect(given).toEqual(["b", "a"]);
  });

  test.each([
    ["a text", "admin"],
    ["null", null],
    ["an object", { 0: "admin", length: 1 }],
    ["a number among them", ["admin", 1]],
    ["an empty one", [""]],
    ["one with a space", ["an admin"]],
    ["one with a quote", ['"admin"']],
    ["one with a backslash", ["a\\b"]],
    ["one beyond ASCII", ["r\u00f4le"]],
    ["one with a newline behind", ["admin\n"]],
    ["one of 65 characters", ["a".repeat(65)]],
    ["65 of them", Array.from({ length: 65 }, (_, index) => `role${index}`)],
  ])("are refused: %s", (_name, roles) => {
    expect(parseRoles(roles)).toBeNull();
  });

  test("may be 64 of 64 characters", () => {
    const most = Array.from({ length: 64 }, (_, index) => String(index).padStart(64, "r"));
    expect(parseRoles(most)).toHaveLength(64);
  });
});

describe("a subject", () => {
  test("R035 of our own is 128 random bits under a prefix", () => {
    const random = seededRandom("subjects");
    const made = Array.from({ length: 1000 }, () => newSubject(random));
    expect(new Set(made).size).toBe(1000);
    for (const subject of made) expect(subject).toMatch(/^usr_[\w-]{22}$/);
  });

  test.each(["1", "kavya@example.com", "auth0|5f7c", "x".repeat(255), "\u{1f600}".repeat(255), "a b"])(
    "of the application's may be %j",
    (text) => {
      expect(parseSubject(text)).toBe(text);
    },
  );

  test.each([
    ["empty", ""],
    ["of 256 characters", "x".repeat(256)],
    ["with a newline", "a\nb"],
    ["with a newline behind", "a\n"],
    ["with a NUL", "a\u0000"],
    ["with half of a surrogate pair", "a\ud800"],
    ["a number", 42],
    ["null", null],
    ["a list", ["a"]],
  ])("is refused that is %s", (_name, value) => {
    expect(parseSubject(value)).toBeNull();
  });
});
