import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { outcome, setUp, TestClock } from "../../test/kernel.ts";
import { AUDIENCE, claimsWith, encode, generateSigningKey, headerWith, ISSUER, mint } from "../../test/mint.ts";
import type { Refused } from "../index.ts";
import { createKernel, nodeSignatures } from "../node.ts";
import type { KernelOptions, SignaturePort } from "../node.ts";

const ALGORITHMS = ["ES256", "Ed25519", "EdDSA", "RS256", "HS256"] as const;

describe("the signature", () => {
  test.each(ALGORITHMS)("R036 no byte of a token under %s can be changed", (alg) => {
    const { kernel, key } = setUp({}, generateSigningKey(alg));
    const parts = mint(key).split(".");
    const verdicts = parts.map((part, index) => {
      const bytes = Buffer.from(part, "base64url");
      const changed = Array.from(bytes, (byte, at) => [
        bytes.map((old, other) => (other === at ? byte ^ 1 : old)),
        bytes.map((old, other) => (other === at ? byte ^ (2 << (at % 7)) : old)),
      ]).flat();
      return new Set(changed.map((one) => outcome(kernel.verify(parts.with(index, encode(one)).join(".")))));
    });
    // A header may be refused before its signature is looked at.
    expect(verdicts[0]).toContain("malformed");
    expect(verdicts[0]).not.toContain("accepted");
    expect(verdicts.slice(1)).toEqual([new Set(["bad_signature"]), new Set(["bad_signature"])]);
    expect(kernel.sizes.cachedTokens).toBe(0);
    expect(outcome(kernel.verify(parts.join(".")))).toBe("accepted");
  });

  test.each(ALGORITHMS)("R036 under %s of another length, another token or another key is none", (alg) => {
    const { kernel, key } = setUp({}, generateSigningKey(alg));
    const [header, payload, signature] = mint(key).split(".") as [string, string, string];
    const bytes = Buffer.from(signature, "base64url");
    const others = [
      bytes.subarray(1),
      bytes.subarray(0, -1),
      Buffer.concat([bytes, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), bytes]),
      Buffer.alloc(bytes.length),
      Buffer.alloc(bytes.length, 255),
      Buffer.alloc(1),
      Buffer.from(mint(key).split(".")[2]!, "base64url"),
      key.sign(`${header}.${payload}.`),
      generateSigningKey(alg).sign(`${header}.${payload}`),
    ];
    for (const other of others) {
      expect(outcome(kernel.verify(`${header}.${payload}.${encode(other)}`))).toBe("bad_signature");
    }
  });

  test("R036 nothing of the claims is decoded or read before it holds", () => {
    const { key, kernel } = setUp();
    const good = mint(key, { marker: "the claims" });
    const forged = mint(generateSigningKey("ES256", key.kid), { marker: "the claims" });
    const decode = vi.spyOn(TextDecoder.prototype, "decode");
    const parse = vi.spyOn(JSON, "parse");
    const texts = () => parse.mock.calls.map(([text]) => text).join();
    expect(outcome(kernel.verify(forged))).toBe("bad_signature");
    expect(decode).toHaveBeenCalledTimes(1);
    expect(texts()).toContain("at+jwt");
    expect(texts()).not.toContain("the claims");
    // The spies do see them, once they are read.
    expect(outcome(kernel.verify(good))).toBe("accepted");
    expect(texts()).toContain("the claims");
    vi.restoreAllMocks();
  });

  test("R036 R136 what the platform throws is a bad signature", () => {
    const signatures: SignaturePort = {
      importKey: () => () => {
        throw new Error("out of order");
      },
    };
    const { kernel, key } = setUp({ signatures });
    expect(outcome(kernel.verify(mint(key)))).toBe("bad_signature");
  });

  test("R036 the platform gets exactly what was signed, and is asked once", () => {
    const asked: [string, string][] = [];
    const check = (input: Uint8Array, signature: Uint8Array) => {
      asked.push([Buffer.from(input).toString(), encode(signature)]);
      return false;
    };
    const { kernel, key } = setUp({ signatures: { importKey: () => check } });
    const [header, payload, signature] = mint(key).split(".");
    kernel.verify(`${header}.${payload}.${signature}`);
    expect(asked).toEqual([[`${header}.${payload}`, signature]]);
  });
});

describe("a refusal", () => {
  test("R060 R136 tells the outside the code, and no more", () => {
    const { kernel, key, clock } = setUp();
    const stranger = generateSigningKey("ES256", "stranger");
    const forged = mint(generateSigningKey("ES256", key.kid));
    const revoked = claimsWith();
    kernel.apply({ type: "session-revoked", sid: revoked["sid"] as string });
    const tokens = ["", mint(stranger), forged, mint(key, { aud: "b" }), mint(key, revoked), "A".repeat(9000)];
    const refusals = tokens.map((token) => kernel.verify(token));
    clock.advance(3600);
    refusals.push(kernel.verify(mint(key)));
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        ok: false,
        code: "invalid_token",
        status: 401,
        headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
        body: { error: "That access token is not accepted.", code: "invalid_token" },
      });
      expect(Object.isFrozen(refusal)).toBe(true);
      expect(Object.isFrozen((refusal as Refused).body)).toBe(true);
    }
    expect(new Set(refusals.map(outcome)).size).toBe(refusals.length);
  });

  test("R060 for changed claims says what to do about it", () => {
    const { kernel, key } = setUp();
    const claims = claimsWith();
    kernel.apply({ type: "claims-changed", sub: claims["sub"] as string, claims_version: 4 });
    expect(kernel.verify(mint(key, claims))).toEqual({
      ok: false,
      code: "claims_changed",
      reason: "claims_changed",
      status: 401,
      headers: {
        "WWW-Authenticate":
          'Bearer error="invalid_token", error_description="claims_changed: refresh the access token"',
      },
      body: { error: "What the token says of its user has changed: refresh it.", code: "claims_changed" },
    });
  });
});

describe("verify never throws", () => {
  const { kernel, key } = setUp();
  const known = [ISSUER, AUDIENCE, "at+jwt", key.kid, "ES256", "__proto__", "\uD800", "ses_"];
  const json = fc.oneof(fc.jsonValue(), fc.constantFrom(...known));
  const changes = fc.dictionary(
    fc.constantFrom("typ", "alg", "kid", "crit", "iss", "aud", "exp", "iat", "sid", "sub", "roles", "__proto__", "x"),
    json,
  );
  const run = { seed: 42, numRuns: 2000 };

  test("whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(kernel.verify(value as string).ok).toBe(false);
      }),
      run,
    );
    const odd = [
      undefined,
      null,
      1n,
      Symbol("a"),
      () => "a",
      Object("a.b.c"),
      { length: 3, indexOf: () => 1 },
      ["a.b.c"],
    ];
    for (const value of odd) expect(outcome(kernel.verify(value as string))).toBe("malformed");
  });

  test("whatever text it is given", () => {
    const text = fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.base64String(), fc.constantFrom(...known));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (parts) => {
        expect(kernel.verify(parts.join(".")).ok).toBe(false);
      }),
      run,
    );
  });

  test("whatever bytes are signed, or not", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), fc.boolean(), (bytes, asHeader, signed) => {
        const header = asHeader ? encode(bytes) : encode(JSON.stringify(headerWith(key)));
        const input = `${header}.${asHeader ? encode(JSON.stringify(claimsWith())) : encode(bytes)}`;
        expect(kernel.verify(`${input}.${encode(signed ? key.sign(input) : bytes)}`).ok).toBe(false);
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  test("whatever header and claims are signed; what is accepted says what was asked for", () => {
    fc.assert(
      fc.property(changes, changes, (claims, header) => {
        const verified = kernel.verify(mint(key, claims, header));
        if (!verified.ok) return;
        expect(verified.auth.claims.iss).toBe(ISSUER);
        expect([verified.auth.claims.aud].flat()).toContain(AUDIENCE);
      }),
      { seed: 42, numRuns: 500 },
    );
  });
});

describe("options that protect the caller", () => {
  const good: KernelOptions = {
    issuer: ISSUER,
    audience: AUDIENCE,
    signatures: nodeSignatures,
    clock: new TestClock(),
  };
  const withOption = (option: Readonly<Record<string, unknown>>) => () => createKernel({ ...good, ...option });

  test.each([undefined, "", 1, [], [ISSUER], {}])("issuer cannot be %j", (issuer) => {
    expect(withOption({ issuer })).toThrow(
      new TypeError("issuer is the exact issuer of the tokens, or null to accept every issuer."),
    );
  });

  test.each([undefined, "", 1, [], [""], [undefined], {}])("audience cannot be %j", (audience) => {
    expect(withOption({ audience })).toThrow(
      /^audience is (missing: )?who this service is, one or more exact audiences/,
    );
  });

  test.each([["none"], ["RS1"], ["es256"], [""]])("R037 algorithms cannot have %j", (algorithm) => {
    expect(withOption({ algorithms: [algorithm] })).toThrow(/^algorithms are among ES256/);
  });

  test("R037 algorithms are of one family", () => {
    expect(withOption({ algorithms: ["HS256", "ES256"] })).toThrow("HS256 cannot be accepted together");
    expect(withOption({ algorithms: [] })).toThrow("algorithms cannot be empty");
    expect(withOption({ algorithms: ["HS256"] })).not.toThrow();
  });

  test("R037 HS256 is not accepted unless it was asked for", () => {
    const { jwk } = generateSigningKey("HS256");
    expect(() => createKernel(good).setKeys([jwk])).toThrow("HS256 and asymmetric keys are never accepted together");
  });

  test.each([-1, 1.5, Number.NaN, Infinity])("cacheSize cannot be %d", (cacheSize) => {
    expect(withOption({ cacheSize })).toThrow(RangeError);
  });

  test("a change to the caller's list of audiences changes nothing", () => {
    const audience = [AUDIENCE];
    const { kernel, key } = setUp({ audience });
    audience[0] = "urn:b";
    expect(outcome(kernel.verify(mint(key)))).toBe("accepted");
  });

  test("no key is trusted before one is set", () => {
    expect(outcome(createKernel(good).verify(mint(generateSigningKey("ES256"))))).toBe("unknown_key");
  });
});
