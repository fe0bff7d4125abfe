import { encodeBase64Url } from "@counterfoil/protocol";
import { describe, expect, test } from "vitest";
import { outcome, setUp } from "../../test/kernel.ts";
import { encode, headerWith, mint } from "../../test/mint.ts";
import { parseToken } from "./parse.ts";

const { key, kernel } = setUp();
const token = mint(key);
const [header, payload, signature] = token.split(".") as [string, string, string];

/** The same bits behind the last byte, but not all zero. */
function withTrailingBits(part: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)!) + 1]!;
}

function padTo(length: number): string {
  return mint(key, { pad: "p".repeat(Math.floor(((length - token.length) * 3) / 4) - 10) });
}

describe("the compact form", () => {
  test("R042 is accepted as it was minted, and taken apart into what was signed", () => {
    expect(outcome(kernel.verify(token))).toBe("accepted");
    const parts = parseToken(token)!;
    expect(new TextDecoder().decode(parts.signingInput)).toBe(`${header}.${payload}`);
    expect(encodeBase64Url(parts.header)).toBe(header);
    expect(encodeBase64Url(parts.payload)).toBe(payload);
    expect(encodeBase64Url(parts.signature)).toBe(signature);
  });

  test.each([
    ["leading space", ` ${token}`],
    ["trailing space", `${token} `],
    ["trailing newline", `${token}\n`],
    ["leading byte order mark", `\uFEFF${token}`],
    ["space within", `${header}. ${payload}.${signature}`],
    ["newline within the signature", `${header}.${payload}.${signature.slice(0, 10)}\n${signature.slice(10)}`],
    ["padding of the header", `${header}==.${payload}.${signature}`],
    ["padding of the payload", `${header}.${payload}=.${signature}`],
    ["padding of the signature", `${token}==`],
    ["trailing bits of the signature", `${header}.${payload}.${withTrailingBits(signature)}`],
    ["a character of the other alphabet", `${header}.${payload}.+${signature.slice(1)}`],
    ["a slash of the other alphabet", `${header}.${payload}./${signature.slice(1)}`],
    ["a letter that looks alike", `${header}.${payload}.А${signature.slice(1)}`],
    [
      "a letter that ends in the same byte",
      `${header}.${payload}.${String.fromCharCode(0x100 + signature.charCodeAt(0))}${signature.slice(1)}`,
    ],
    ["a lone surrogate", `${token.slice(0, -1)}\uD800`],
    ["a part of one character too many", `${header}.${payload}.${signature}AAA`],
    ["no signature", `${header}.${payload}.`],
    ["no third part", `${header}.${payload}`],
    ["no payload", `${header}..${signature}`],
    ["no header", `.${payload}.${signature}`],
    ["dots alone", ".."],
    ["one dot", "."],
    ["nothing", ""],
    ["a fourth part", `${token}.AAAA`],
    ["a trailing dot", `${token}.`],
  ])("R042 with %s is malformed", (_, twin) => {
    expect(outcome(kernel.verify(twin))).toBe("malformed");
  });

  test("R042 trailing bits are refused in every part that has some", () => {
    const padded = mint(key, { pad: "" }, { pad: "" });
    const other = padded.split(".") as [string, string, string];
    for (const [index, part] of [...[header, payload, signature].entries(), ...other.entries()]) {
      if (part.length % 4 === 0) continue;
      const parts = (part === other[index] ? other : [header, payload, signature]).slice();
      parts[index] = withTrailingBits(part);
      expect(outcome(kernel.verify(parts.join(".")))).toBe("malformed");
    }
  });

  test("R043 a five-part JWE is malformed, whatever its header promises", () => {
    const promise = { alg: "PBES2-HS256+A128KW", enc: "A128GCM", p2s: "c2FsdA", p2c: 2 ** 31, zip: "DEF" };
    const jwe = [encode(JSON.stringify(promise)), "AAAA", "AAAA", "AAAA", "AAAA"].join(".");
    expect(outcome(kernel.verify(jwe))).toBe("malformed");
  });

  test("R043 JSON serialisations are malformed", () => {
    const flat = { protected: header, payload, signature };
    const general = { payload, signatures: [{ protected: header, signature }] };
    for (const form of [flat, general]) expect(outcome(kernel.verify(JSON.stringify(form)))).toBe("malformed");
  });

  test("R043 a token within a token is not looked into", () => {
    const input = `${encode(JSON.stringify(headerWith(key, { cty: "JWT" })))}.${encode(token)}`;
    expect(outcome(kernel.verify(`${input}.${encode(key.sign(input))}`))).toBe("bad_claims");
  });

  test("R059 is looked at up to 8,192 characters", () => {
    const long = padTo(8192);
    expect(long.length).toBeGreaterThan(8100);
    expect(long.length).toBeLessThanOrEqual(8192);
    expect(outcome(kernel.verify(long))).toBe("accepted");
    expect(outcome(kernel.verify("A".repeat(8192)))).toBe("malformed");
    expect(outcome(kernel.verify("A".repeat(8193)))).toBe("too_large");
  });

  test("R059 a megabyte of anything is refused by its length alone", () => {
    const texts = [".", "A", `${token}.`, "é", "\0"].map((text) => text.repeat(Math.ceil(2 ** 20 / text.length)));
    const before = process.memoryUsage().arrayBuffers;
    const start = performance.now();
    for (const text of texts) expect(outcome(kernel.verify(text))).toBe("too_large");
    expect(performance.now() - start).toBeLessThan(5 * texts.length);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });

  test("R059 characters that need more bytes than the limit has do not write past it", () => {
    expect(outcome(kernel.verify(`a.b.${"€".repeat(8000)}`))).toBe("malformed");
    expect(outcome(kernel.verify(token))).toBe("accepted");
  });
});
