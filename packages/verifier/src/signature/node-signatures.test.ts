import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { generateSigningKey } from "../../test/mint.ts";
import { readJwk } from "../key/jwk.ts";
import { nodeSignatures } from "./node-signatures.ts";

const INPUT = Buffer.from("header.payload");

describe("a signature by node:crypto", () => {
  test.each(["ES256", "Ed25519", "EdDSA", "RS256", "HS256"] as const)(
    "R036 under %s holds or does not: nothing is thrown",
    (alg) => {
      const key = generateSigningKey(alg);
      const check = nodeSignatures.importKey(readJwk(key.jwk)!);
      const good = key.sign(INPUT.toString());
      expect(check(INPUT, good)).toBe(true);
      expect(check(Buffer.from("header.payloae"), good)).toBe(false);
      for (const length of [0, 1, 31, 32, 33, 63, 64, 65, 70, 72, 128, 255, 256, 257, 6000]) {
        expect(check(INPUT, Buffer.alloc(length))).toBe(false);
        if (length === good.length) continue;
        expect(check(INPUT, Buffer.concat([good, Buffer.alloc(length)]).subarray(0, length))).toBe(false);
      }
    },
  );

  test("R042 under ES256 is r and s side by side, not DER", () => {
    const key = generateSigningKey("ES256");
    const check = nodeSignatures.importKey(readJwk(key.jwk)!);
    const good = Buffer.from(key.sign(INPUT.toString()));
    const padded = Buffer.concat([Buffer.alloc(1), good.subarray(0, 32), Buffer.alloc(1), good.subarray(32)]);
    const integer = (bytes: Buffer) => Buffer.concat([Buffer.from([2, 33, 0]), bytes]);
    const der = Buffer.concat([Buffer.from([0x30, 70]), integer(good.subarray(0, 32)), integer(good.subarray(32))]);
    expect([good, padded, der].map((signature) => check(INPUT, signature))).toEqual([true, false, false]);
  });

  test("R136 a key that is off its curve is not imported", () => {
    const jwk = readJwk(generateSigningKey("ES256").jwk)!;
    if (jwk.kty !== "EC") throw new Error("not on a curve");
    expect(() => nodeSignatures.importKey({ ...jwk, y: jwk.x })).toThrow(/JWK/);
  });
});
