import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { outcome, setUp } from "../../test/kernel.ts";
import { claimsWith, headerWith, mintRaw } from "../../test/mint.ts";
import { decodeJsonObject } from "./json.ts";

const utf8 = new TextEncoder();
const decode = (text: string) => decodeJsonObject(utf8.encode(text));

const nested = (levels: number) => '{"a":'.repeat(levels) + "1" + "}".repeat(levels);

describe("the JSON of a token", () => {
  test("is an object, as JSON.parse reads it", () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(objects, fc.constantFrom(undefined, 1), (object, indent) => {
        const text = JSON.stringify(object, null, indent);
        expect(decode(text)).toEqual(JSON.parse(text));
      }),
      { seed: 42, numRuns: 1000 },
    );
  });

  test.each(["", " ", "null", "1", '"a"', "[]", "[{}]", "{", '{"a":1}x', '{"a":1,}', "{'a':1}", '{"a":NaN}'])(
    "is not %s",
    (text) => expect(decode(text)).toBeNull(),
  );

  test.each([
    '{"sub":"a","sub":"b"}',
    '{"sub":"a","sub":"a"}',
    '{"sub":"a","\\u0073ub":"b"}',
    '{"a":{"b":1,"b":2}}',
    '{"a":[{"b":1,"b":2}]}',
    '{"a":"\\\\","a":"\\""}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a" :1,\n"a"\t: 2}',
  ])("R056 has no member twice: %s", (text) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
    expect(decode(text)).toBeNull();
  });

  test("R056 a repeated name is found wherever it is put into an object", () => {
    const names = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 });
    fc.assert(
      fc.property(names, fc.nat(), (object, pick) => {
        const members = Object.entries(object).map(
          ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
        );
        expect(decode(`{${members.join(",")}}`)).not.toBeNull();
        expect(decode(`{${[...members, members[pick % members.length]].join(",")}}`)).toBeNull();
      }),
      { seed: 42, numRuns: 1000 },
    );
  });

  test("R056 colons and quotes within strings are not taken for members", () => {
    const object = { 'a":1,"a': '":":', "b\\": "\\", c: ['{"d":1,"d":2}', ":"] };
    expect(decode(JSON.stringify(object))).toEqual(object);
  });

  test("a member named __proto__ is a member, and nobody's prototype", () => {
    const object = decode('{"__proto__":{"roles":["admin"]}}')!;
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect(object["roles"]).toBeUndefined();
    expect(Object.keys(object)).toEqual(["__proto__"]);
  });

  test("is frozen throughout", () => {
    const object = decode('{"a":{"b":[{}]}}') as { a: { b: object[] } };
    for (const part of [object, object.a, object.a.b, object.a.b[0]]) expect(Object.isFrozen(part)).toBe(true);
  });

  test("nests 16 levels at most", () => {
    expect(decode(nested(16))).not.toBeNull();
    expect(decode(nested(17))).toBeNull();
    expect(decode(`{"a":${"[".repeat(3000)}${"]".repeat(3000)}}`)).toBeNull();
  });
});

const { key, kernel } = setUp();
const header = JSON.stringify(headerWith(key));
const claims = JSON.stringify(claimsWith());
const bytes = (text: string) => utf8.encode(text);
const withByte = (text: string, ...wrong: number[]) =>
  Uint8Array.from([...bytes(text.slice(0, -2)), ...wrong, ...bytes(text.slice(-2))]);

const broken = (text: string) => [
  withByte(text, 0xff),
  bytes(`\uFEFF${text}`),
  `${text.slice(0, -1)},"x":"\\ud800"}`,
  `${text.slice(0, -1)},"x":1,"x":1}`,
];

describe("text that is not what it seems", () => {
  test.each([
    ["a byte that is no UTF-8", withByte('{"a":"b"}', 0xff)],
    ["an overlong letter", withByte('{"a":"b"}', 0xc1, 0xa1)],
    ["half a pair in UTF-8", withByte('{"a":"b"}', 0xed, 0xa0, 0x80)],
    ["a byte order mark", bytes('\uFEFF{"a":"b"}')],
    ["UTF-16", new Uint8Array(Uint16Array.from('{"a":"b"}', (c) => c.charCodeAt(0)).buffer)],
    ["half a pair, escaped, in a value", bytes('{"a":"\\ud800"}')],
    ["half a pair, escaped, in a name", bytes('{"\\uDC00":1}')],
    ["a pair the wrong way round", bytes('{"a":["\\udc00\\ud800"]}')],
  ])("R055 is refused: %s", (_, text) => expect(decodeJsonObject(text)).toBeNull());

  test("R055 a whole pair is a character, escaped or not", () => {
    expect(decode('{"a":"\\ud83d\\ude00","b":"😀"}')).toEqual({ a: "😀", b: "😀" });
  });

  test("R055 R056 is refused in a claim and in the header, under a good signature", () => {
    for (const text of broken(claims)) expect(outcome(kernel.verify(mintRaw(key, header, text)))).toBe("bad_claims");
    for (const text of broken(header)) expect(outcome(kernel.verify(mintRaw(key, text, claims)))).toBe("malformed");
    expect(outcome(kernel.verify(mintRaw(key, header, claims)))).toBe("accepted");
  });

  test.each(["exp", "sub", "sid", "roles"])("R056 a second %s is refused, first or last", (name) => {
    const text = JSON.stringify(claimsWith());
    const member = `"${name}":${JSON.stringify((JSON.parse(text) as Record<string, unknown>)[name])}`;
    for (const twice of [`{${member},${text.slice(1)}`, `${text.slice(0, -1)},${member}}`]) {
      expect(outcome(kernel.verify(mintRaw(key, header, twice)))).toBe("bad_claims");
    }
  });
});
