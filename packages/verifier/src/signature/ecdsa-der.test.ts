import { createPublicKey, verify } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateSigningKey } from "../../test/mint.ts";
import { toDer } from "./ecdsa-der.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const signatureOf = (r: string, s: string) =>
  Uint8Array.from(Buffer.from(r.padStart(64, "0") + s.padStart(64, "0"), "hex"));

describe("the DER of an ES256 signature", () => {
  test.each([
    ["1", "1", "3006020101020101"],
    ["0", "0", "3006020100020100"],
    ["80", "7f", "30070202008002017f"],
    ["ff".repeat(32), "ff".repeat(32), `3046022100${"ff".repeat(32)}022100${"ff".repeat(32)}`],
    ["7f".repeat(32), "1", `30250220${"7f".repeat(32)}020101`],
  ])("R036 r = %s and s = %s is the shortest spelling", (r, s, expected) => {
    expect(hex(toDer(signatureOf(r, s)))).toBe(expected);
  });

  test("R036 verifies exactly what node:crypto verifies by its own conversion", () => {
    const key = generateSigningKey("ES256");
    const publicKey = createPublicKey({ key: { ...key.jwk }, format: "jwk" });
    const data = Buffer.from("data");
    const good = key.sign("data");
    const zeros = new Uint8Array(64);
    const signatures = fc.oneof(
      fc.constantFrom(
        good,
        zeros,
        zeros.map(() => 255),
        good.map((byte, index) => (index < 32 ? byte : 0)),
      ),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      fc.tuple(fc.nat(63), fc.nat(255)).map(([at, value]) => Uint8Array.from(good).with(at, value)),
    );
    fc.assert(
      fc.property(signatures, (signature) => {
        const theirs = verify("sha256", data, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature);
        expect(verify("sha256", data, publicKey, toDer(signature))).toBe(theirs);
      }),
      { seed: 42, numRuns: 300 },
    );
    for (let round = 0; round < 300; round++) {
      expect(verify("sha256", data, publicKey, toDer(key.sign("data")))).toBe(true);
    }
  });
});
