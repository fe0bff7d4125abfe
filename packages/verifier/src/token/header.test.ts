import { createHmac } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { outcome, setUp } from "../../test/kernel.ts";
import { claimsWith, encode, generateSigningKey, headerWith, mint, mintRaw } from "../../test/mint.ts";

const { key, kernel } = setUp();
const verdict = (header: Readonly<Record<string, unknown>>) => outcome(kernel.verify(mint(key, {}, header)));

describe("typ", () => {
  test.each(["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])("R046 %s is an access token", (typ) => {
    expect(verdict({ typ })).toBe("accepted");
  });

  test.each([
    "JWT",
    "id_token+jwt",
    "logout+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "csrf+jwt",
    "reset+jwt",
    "at",
    "at+jwt ",
    "application/application/at+jwt",
    "text/at+jwt",
    "at+jwt; charset=utf-8",
    "",
    null,
    1,
    ["at+jwt"],
    undefined,
  ])("R046 %j is another kind of token, though the same issuer signed it", (typ) => {
    expect(verdict({ typ })).toBe("wrong_type");
  });
});

describe("alg", () => {
  test.each(["none", "None", "NONE", "noNE", "", null, undefined, 0, ["ES256"], "es256", "ES384", "ES256K", "PS256"])(
    "R037 %j is refused",
    (alg) => {
      const [header, payload, signature] = mint(key, {}, { alg }).split(".");
      expect(outcome(kernel.verify(`${header}.${payload}.${signature}`))).toBe("algorithm_refused");
      expect(outcome(kernel.verify(`${header}.${payload}.AAAA`))).toBe("algorithm_refused");
      expect(outcome(kernel.verify(`${header}.${payload}.`))).toBe("malformed");
    },
  );

  test("R037 HS256 with the public key as its secret is refused", () => {
    const publicKey: KeyObject = key.verificationKey;
    const secrets = [
      publicKey.export({ format: "pem", type: "spki" }),
      publicKey.export({ format: "der", type: "spki" }),
      JSON.stringify(key.jwk),
    ];
    for (const secret of secrets) {
      const input = `${encode(JSON.stringify(headerWith(key, { alg: "HS256" })))}.${encode(JSON.stringify(claimsWith()))}`;
      const forged = `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
      expect(outcome(kernel.verify(forged))).toBe("algorithm_refused");
    }
  });

  test("R038 a key verifies under its own algorithm alone", () => {
    const keys = (["ES256", "Ed25519", "EdDSA", "RS256"] as const).map((alg) => generateSigningKey(alg));
    kernel.setKeys(keys.map(({ jwk }) => jwk));
    for (const signer of keys) {
      for (const { alg } of keys) {
        const expected = alg === signer.alg ? "accepted" : "algorithm_refused";
        expect(outcome(kernel.verify(mint(signer, {}, { alg })))).toBe(expected);
      }
    }
    kernel.setKeys([key.jwk]);
  });

  test("R054 Ed25519 and EdDSA are two names, and a key has one of them", () => {
    const signer = generateSigningKey("Ed25519");
    const { kernel: strict } = setUp({}, signer);
    expect(outcome(strict.verify(mint(signer)))).toBe("accepted");
    expect(outcome(strict.verify(mint(signer, {}, { alg: "EdDSA" })))).toBe("algorithm_refused");
  });

  test("R037 an algorithm that was not listed is refused, though its key is in the set", () => {
    const rsa = generateSigningKey("RS256");
    const { kernel: narrow, key: listed } = setUp({ algorithms: ["ES256"] });
    narrow.setKeys([listed.jwk, rsa.jwk]);
    expect(outcome(narrow.verify(mint(rsa)))).toBe("algorithm_refused");
    expect(outcome(narrow.verify(mint(listed)))).toBe("accepted");
    expect(narrow.sizes.keys).toBe(1);
  });
});

describe("kid", () => {
  test.each([
    "../../../../etc/passwd",
    "/dev/null",
    "' OR 1=1 --",
    "https://attacker.example/jwks.json",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "",
    " ES256-1",
    "es256-1",
    "ES256-1\0",
    "k".repeat(129),
    0,
    null,
    undefined,
    ["ES256-1"],
    { toString: "ES256-1" },
    true,
  ])("R040 %j is the kid of no key", (kid) => expect(verdict({ kid })).toBe("unknown_key"));

  test("R040 of 64 KB never gets as far as the lookup", () =>
    expect(verdict({ kid: "k".repeat(65_536) })).toBe("too_large"));

  test("R041 ten thousand unknown ones change nothing and ask nobody", () => {
    const importKey = vi.fn<() => () => boolean>(() => () => true);
    const { kernel: idle, key: known } = setUp({ signatures: { importKey } });
    const [, payload, signature] = mint(known).split(".");
    for (let index = 0; index < 10_000; index++) {
      const header = encode(JSON.stringify(headerWith(known, { kid: `unknown-${index}` })));
      expect(outcome(idle.verify(`${header}.${payload}.${signature}`))).toBe("unknown_key");
    }
    expect(importKey).toHaveBeenCalledTimes(1);
    expect(idle.sizes).toEqual({ keys: 1, cachedTokens: 0, revocations: 0 });
    expect(outcome(idle.verify(mint(known)))).toBe("accepted");
  });
});

describe("members that would decide for us", () => {
  const attacker = generateSigningKey("ES256", key.kid);

  test.each([
    { jku: "https://attacker.example/jwks.json" },
    { x5u: "https://attacker.example/cert.pem" },
    { x5c: ["MIIB"] },
    { jwk: attacker.jwk },
    { jwk: key.jwk },
    { jwk: null },
  ])("R039 %j is refused, whoever signed", (header) => {
    const request = vi.spyOn(globalThis, "fetch");
    expect(verdict(header)).toBe("header_refused");
    expect(outcome(kernel.verify(mint(attacker, {}, header)))).toBe("header_refused");
    expect(request).not.toHaveBeenCalled();
    request.mockRestore();
  });

  test.each([
    { crit: [] },
    { crit: null },
    { crit: "exp" },
    { crit: {} },
    { crit: ["exp"], exp: 1 },
    { crit: ["exp", "exp"], exp: 1 },
    { crit: ["alg"] },
    { crit: [""] },
    { crit: ["b64"], b64: false },
    { crit: ["b64"], b64: true },
    { b64: false },
    { b64: true },
  ])("R044 %j is refused", (header) => expect(verdict(header)).toBe("header_refused"));

  test.each([{ zip: "DEF" }, { enc: "A128GCM" }])("R043 %j is refused", (header) => {
    expect(verdict(header)).toBe("header_refused");
  });

  test("a member that decides nothing is ignored (RFC 7515 §4)", () => {
    expect(verdict({ x: "y", nested: { deep: [1] } })).toBe("accepted");
  });

  test.each(["[]", "null", '"at+jwt"', "{", ""])("a header that is no object is malformed: %s", (header) => {
    expect(outcome(kernel.verify(mintRaw(key, header, JSON.stringify(claimsWith()))))).toBe("malformed");
  });
});

describe("a header that was accepted before", () => {
  test("is not decoded again, and not trusted again once its key is gone", () => {
    const { kernel: fresh, key: signer } = setUp();
    const parse = vi.spyOn(JSON, "parse");
    expect(outcome(fresh.verify(mint(signer)))).toBe("accepted");
    expect(parse).toHaveBeenCalledTimes(2);
    expect(outcome(fresh.verify(mint(signer)))).toBe("accepted");
    expect(parse).toHaveBeenCalledTimes(3);
    parse.mockRestore();
    fresh.setKeys([]);
    expect(outcome(fresh.verify(mint(signer)))).toBe("unknown_key");
  });

  test("is remembered only after a good signature", () => {
    const { kernel: fresh, key: signer } = setUp();
    const forger = generateSigningKey("ES256", signer.kid);
    const parse = vi.spyOn(JSON, "parse");
    for (let calls = 1; calls <= 3; calls++) {
      expect(outcome(fresh.verify(mint(forger)))).toBe("bad_signature");
      expect(parse).toHaveBeenCalledTimes(calls);
    }
    parse.mockRestore();
  });
});
