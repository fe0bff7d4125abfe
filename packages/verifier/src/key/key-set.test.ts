import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { outcome, setUp } from "../../test/kernel.ts";
import { generateSigningKey, mint } from "../../test/mint.ts";
import type { Jwk } from "../index.ts";

const ec = generateSigningKey("ES256", "ec");
const ed = generateSigningKey("Ed25519", "ed");
const rsa = generateSigningKey("RS256", "rsa");
const mac = generateSigningKey("HS256", "mac");
const without = (jwk: Jwk, name: string): Jwk =>
  Object.fromEntries(Object.entries(jwk).filter(([member]) => member !== name));
const privateJwk = (alg: "ec" | "rsa"): Jwk => {
  const { privateKey } =
    alg === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), alg: alg === "ec" ? "ES256" : "RS256", kid: alg };
};
const rsaOf = (bits: number): Jwk => ({
  ...generateKeyPairSync("rsa", { modulusLength: bits }).publicKey.export({ format: "jwk" }),
  alg: "RS256",
  kid: "rsa",
});
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" });
const secret = (bytes: Uint8Array | string): Jwk => ({ ...mac.jwk, k: Buffer.from(bytes).toString("base64url") });

describe("the key set", () => {
  test.each<[string, readonly Jwk[], string]>([
    ["R038 a key without alg", [without(ec.jwk, "alg")], 'The key "ec" is refused: it has no "alg".'],
    ["R140 two keys of one kid", [ec.jwk, { ...ed.jwk, kid: "ec" }], 'Two keys have the kid "ec".'],
    ["R140 the same key twice", [ec.jwk, ec.jwk], 'Two keys have the kid "ec".'],
    [
      "R140 one kid for a known and an unknown algorithm",
      [ec.jwk, { kid: "ec", alg: "ML-DSA-44" }],
      'Two keys have the kid "ec".',
    ],
    ["R140 a key to encrypt with", [{ ...ec.jwk, use: "enc" }], 'The key "ec" is refused: its "use" is not "sig".'],
    [
      "R140 a key that may not verify",
      [{ ...ec.jwk, key_ops: ["sign"] }],
      'The key "ec" is refused: its "key_ops" lack "verify".',
    ],
    [
      "R140 key_ops of another shape",
      [{ ...ec.jwk, key_ops: "verify" }],
      'The key "ec" is refused: its "key_ops" lack "verify".',
    ],
    [
      "R140 a private EC key",
      [privateJwk("ec")],
      'The key "ec" is refused: it is private (it has "d"): publish public keys only.',
    ],
    [
      "R140 a private RSA key",
      [privateJwk("rsa")],
      'The key "rsa" is refused: it is private (it has "d"): publish public keys only.',
    ],
    [
      "R140 one private prime",
      [{ ...rsa.jwk, q: "AQ" }],
      'The key "rsa" is refused: it is private (it has "q"): publish public keys only.',
    ],
    [
      "R140 a private key of an unknown algorithm",
      [{ kid: "new", alg: "ML-DSA-44", d: "AQ" }],
      'The key "new" is refused: it is private (it has "d"): publish public keys only.',
    ],
    [
      "R140 a shared secret in a public key",
      [{ ...ec.jwk, k: "AQ" }],
      'The key "ec" is refused: it has "k", a shared secret.',
    ],
    [
      "R140 a shared secret beside public keys",
      [ec.jwk, mac.jwk],
      'The key "mac" is refused: HS256 and asymmetric keys are never accepted together.',
    ],
    ["R140 an exponent of one", [{ ...rsa.jwk, e: "AQ" }], 'The key "rsa" is refused: its exponent is unsafe.'],
    [
      "R140 an exponent of one with zeros before it",
      [{ ...rsa.jwk, e: "AAAB" }],
      'The key "rsa" is refused: its exponent is unsafe.',
    ],
    ["R140 an even exponent", [{ ...rsa.jwk, e: "BA" }], 'The key "rsa" is refused: its exponent is unsafe.'],
    ["a short modulus", [rsaOf(1024)], 'The key "rsa" is refused: its modulus has fewer than 2048 bits.'],
    [
      "a modulus with zeros before it",
      [
        {
          ...rsaOf(1024),
          n: Buffer.concat([Buffer.alloc(128), Buffer.from(rsaOf(1024)["n"] as string, "base64url")]).toString(
            "base64url",
          ),
        },
      ],
      'The key "rsa" is refused: its modulus has fewer than 2048 bits.',
    ],
    [
      "R038 a key type of another algorithm",
      [{ ...ed.jwk, alg: "ES256" }],
      'The key "ed" is refused: ES256 needs a key on P-256.',
    ],
    [
      "R038 an RSA key for Ed25519",
      [{ ...rsa.jwk, alg: "Ed25519" }],
      'The key "rsa" is refused: Ed25519 needs a key on Ed25519.',
    ],
    ["R038 an EC key for RS256", [{ ...ec.jwk, alg: "RS256" }], 'The key "ec" is refused: RS256 needs an RSA key.'],
    ["another curve", [{ ...p384, kid: "ec", alg: "ES256" }], 'The key "ec" is refused: ES256 needs a key on P-256.'],
    [
      "another curve's name",
      [{ ...p384, crv: "P-256", kid: "ec", alg: "ES256" }],
      'The key "ec" is refused: its "x" has not 32 bytes.',
    ],
    ["a point off the curve", [{ ...ec.jwk, y: ec.jwk["x"] }], 'The key "ec" is refused: it is not a valid EC key.'],
    [
      "a coordinate that is no base64url",
      [{ ...ec.jwk, x: `${ec.jwk["x"] as string}=` }],
      'The key "ec" is refused: its "x" is not base64url.',
    ],
    ["a coordinate that is no text", [{ ...ed.jwk, x: 1 }], 'The key "ed" is refused: its "x" is not base64url.'],
    ["no kid", [without(ec.jwk, "kid")], 'A key needs a "kid" of 1 to 128 characters.'],
    ["an empty kid", [{ ...ec.jwk, kid: "" }], 'A key needs a "kid" of 1 to 128 characters.'],
    ["a kid that is a number", [{ ...ec.jwk, kid: 1 }], 'A key needs a "kid" of 1 to 128 characters.'],
    ["a long kid", [{ ...ec.jwk, kid: "k".repeat(129) }], 'A key needs a "kid" of 1 to 128 characters.'],
  ])("%s is refused, and the keys stay as they were", (_, keys, sentence) => {
    const { kernel, key } = setUp();
    expect(() => kernel.setKeys(keys)).toThrow(new TypeError(sentence));
    expect(() => kernel.setKeys([ed.jwk, ...keys])).toThrow(TypeError);
    expect(kernel.sizes.keys).toBe(1);
    expect(outcome(kernel.verify(mint(key)))).toBe("accepted");
    expect(outcome(kernel.verify(mint(ed)))).toBe("unknown_key");
  });

  test.each<[string, Jwk, string]>([
    ["R038 fewer than 32 bytes", secret(new Uint8Array(31).fill(7)), "it has fewer than 32 bytes"],
    [
      "R038 a public key in PEM",
      secret(rsa.verificationKey.export({ format: "pem", type: "spki" })),
      "it is a PEM text",
    ],
    [
      "R038 a PEM after white space",
      secret(`\n  ${rsa.verificationKey.export({ format: "pem", type: "spki" }) as string}`),
      "it is a PEM text",
    ],
    ["another key type", { ...mac.jwk, kty: "RSA" }, 'HS256 needs a key of type "oct"'],
  ])("a shared secret is refused: %s", (_, jwk, why) => {
    const { kernel } = setUp({}, mac);
    expect(() => kernel.setKeys([jwk])).toThrow(new TypeError(`The key "mac" is refused: ${why}.`));
  });

  test("R140 public keys beside an HS256 kernel's secret are refused", () => {
    const { kernel } = setUp({}, mac);
    expect(() => kernel.setKeys([mac.jwk, ec.jwk])).toThrow("never accepted together");
  });

  test("takes several keys, and forgets those that are left out", () => {
    const { kernel } = setUp();
    kernel.setKeys([ec.jwk, ed.jwk, rsa.jwk]);
    for (const key of [ec, ed, rsa]) expect(outcome(kernel.verify(mint(key)))).toBe("accepted");
    kernel.setKeys([ed.jwk]);
    expect([ec, ed, rsa].map((key) => outcome(kernel.verify(mint(key))))).toEqual([
      "unknown_key",
      "accepted",
      "unknown_key",
    ]);
  });

  test("leaves keys for algorithms of the future aside (RFC 7517 §5)", () => {
    const { kernel } = setUp();
    kernel.setKeys([ec.jwk, { kty: "AKP", kid: "new", alg: "ML-DSA-44", pub: "AAAA", use: "sig" }]);
    expect(kernel.sizes.keys).toBe(1);
  });

  test("no message tells a key", () => {
    const { kernel } = setUp();
    const leaky = privateJwk("ec");
    const error = (() => {
      try {
        kernel.setKeys([leaky]);
      } catch (caught) {
        return caught as Error;
      }
      throw new Error("nothing was thrown");
    })();
    expect(`${error.message}${error.stack}`).not.toContain(leaky["d"] as string);
  });
});
