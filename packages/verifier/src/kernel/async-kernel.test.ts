import { describe, expect, test, vi } from "vitest";
import { outcome, setUpAsync, TestClock } from "../../test/kernel.ts";
import { AUDIENCE, claimsWith, generateSigningKey, ISSUER, mint } from "../../test/mint.ts";
import type { Jwk } from "../key/jwk.ts";
import type { AsyncSignaturePort } from "../signature/signature-port.ts";
import { webSignatures } from "../signature/web-signatures.ts";
import { createAsyncKernel } from "./async-kernel.ts";

/** Web Cryptography whose answers wait until they are let go, newest first: the order in which nobody asked. */
function holdAnswers() {
  const held: (() => void)[] = [];
  const signatures: AsyncSignaturePort = {
    async importKey(jwk) {
      const check = await webSignatures.importKey(jwk);
      return async (signingInput, signature) => {
        await new Promise<void>((resolve) => held.push(resolve));
        return check(signingInput, signature);
      };
    },
  };
  const letGo = async (count: number) => {
    await vi.waitFor(() => expect(held.length).toBe(count));
    for (const resolve of held.splice(0).toReversed()) resolve();
  };
  return { signatures, letGo };
}

describe("two tokens at once", () => {
  test("are each checked by their own parts, in whatever order the answers come", async () => {
    const { signatures, letGo } = holdAnswers();
    const { kernel, key } = await setUpAsync({ signatures });
    const forger = generateSigningKey("ES256", key.kid);
    const names = Array.from({ length: 40 }, (_, index) => `usr_${index}${"x".repeat(index * 7)}`);
    const tokens = names.map((sub, index) => mint(index % 3 === 0 ? forger : key, { sub }));
    const answers = tokens.map((token) => kernel.verify(token));
    // While those wait, others are refused, which writes over the place where all are taken apart.
    for (const bad of [mint(key, {}, { typ: "JWT" }), `A.${"B".repeat(8000)}.C`]) {
      expect((await kernel.verify(bad)).ok).toBe(false);
    }
    await letGo(40);
    const told = (await Promise.all(answers)).map((verified) => (verified.ok ? verified.auth.sub : verified.reason));
    expect(told).toEqual(names.map((sub, index) => (index % 3 === 0 ? "bad_signature" : sub)));
  });

  test("that are the same take one place in memory, and get one answer", async () => {
    const { signatures, letGo } = holdAnswers();
    const { kernel, key } = await setUpAsync({ signatures, cacheSize: 2 });
    const other = mint(key);
    const first = kernel.verify(other);
    await letGo(1);
    await first;
    const token = mint(key);
    const answers = Array.from({ length: 10 }, () => kernel.verify(token));
    await letGo(10);
    const verified = await Promise.all(answers);
    expect(new Set(verified).size).toBe(1);
    expect(outcome(verified[0]!)).toBe("accepted");
    // The other was not driven out: it is answered though nothing is let go any more.
    expect(outcome(await kernel.verify(other))).toBe("accepted");
    expect(kernel.sizes.cachedTokens).toBe(2);
  });
});

describe("what changes while a signature is being checked", () => {
  const entries = [
    ["session_revoked", { type: "session-revoked", sid: "ses_a" }],
    ["claims_changed", { type: "claims-changed", sub: "usr_a", claims_version: 4 }],
    ["key_revoked", { type: "key-revoked", kid: "ES256-1" }],
  ] as const;

  test.each(entries)("R058 counts: %s", async (reason, entry) => {
    const { signatures, letGo } = holdAnswers();
    const { kernel, key } = await setUpAsync({ signatures });
    const answer = kernel.verify(mint(key, { sid: "ses_a", sub: "usr_a" }));
    kernel.apply(entry);
    await letGo(1);
    expect(outcome(await answer)).toBe(reason);
    expect(kernel.sizes.cachedTokens).toBe(0);
  });

  test("R058 counts: a key that is gone, or is another's now, and its header is not remembered", async () => {
    const replacements = [[], [generateSigningKey("ES256").jwk]];
    for (const keys of replacements) {
      const { signatures, letGo } = holdAnswers();
      const { kernel, key } = await setUpAsync({ signatures });
      const answer = kernel.verify(mint(key));
      await kernel.setKeys(keys);
      await letGo(1);
      expect(outcome(await answer)).toBe("unknown_key");
      const again = kernel.verify(mint(key));
      await letGo(keys.length);
      expect(outcome(await again)).toBe(keys.length === 0 ? "unknown_key" : "bad_signature");
    }
  });

  test("R058 counts: the token's end", async () => {
    const { signatures, letGo } = holdAnswers();
    const { kernel, key, clock } = await setUpAsync({ signatures });
    const answer = kernel.verify(mint(key));
    clock.advance(3600);
    await letGo(1);
    expect(outcome(await answer)).toBe("expired");
  });

  test("does not count where the same key was set again", async () => {
    const { signatures, letGo } = holdAnswers();
    const { kernel, key } = await setUpAsync({ signatures });
    const answer = kernel.verify(mint(key));
    await kernel.setKeys([generateSigningKey("ES256", "second").jwk, key.jwk]);
    await letGo(1);
    expect(outcome(await answer)).toBe("accepted");
  });
});

describe("a token seen before", () => {
  test("asks nobody, and its answer is the same", async () => {
    const check = vi.fn<(input: Uint8Array, signature: Uint8Array) => Promise<boolean>>(() => Promise.resolve(true));
    const { kernel, key } = await setUpAsync({ signatures: { importKey: () => Promise.resolve(check) } });
    const token = mint(key);
    const first = await kernel.verify(token);
    expect(await kernel.verify(token)).toBe(first);
    expect(check).toHaveBeenCalledTimes(1);
  });
});

describe("keys", () => {
  const refusals: readonly [string, Jwk, string][] = [
    [
      "off its curve",
      { ...generateSigningKey("ES256", "ec").jwk, y: generateSigningKey("ES256").jwk["x"] },
      'The key "ec" is refused: it is not a valid EC key.',
    ],
    [
      "private",
      { ...generateSigningKey("ES256", "ec").jwk, d: "AQ" },
      'The key "ec" is refused: it is private (it has "d"): publish public keys only.',
    ],
  ];

  test.each(refusals)("one that is %s is refused, and the keys stay as they were", async (_, jwk, sentence) => {
    const { kernel, key } = await setUpAsync();
    await expect(kernel.setKeys([generateSigningKey("RS256").jwk, jwk])).rejects.toThrow(new TypeError(sentence));
    expect(kernel.sizes.keys).toBe(1);
    expect(outcome(await kernel.verify(mint(key)))).toBe("accepted");
  });

  test("of an algorithm that the runtime lacks are refused in a sentence", async () => {
    const importKey = vi.spyOn(crypto.subtle, "importKey");
    importKey.mockRejectedValue(new DOMException("Unrecognized algorithm name", "NotSupportedError"));
    const web = createAsyncKernel({
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ["Ed25519"],
      signatures: webSignatures,
      clock: new TestClock(),
    });
    await expect(web.setKeys([generateSigningKey("Ed25519", "ed").jwk])).rejects.toThrow(
      new TypeError('The key "ed" is refused: this runtime has no Ed25519.'),
    );
    expect(web.sizes.keys).toBe(0);
    importKey.mockRestore();
  });

  test("of the later of two calls are trusted, whichever is ready first", async () => {
    const waiting: (() => void)[] = [];
    const signatures: AsyncSignaturePort = {
      async importKey(jwk) {
        if (jwk.kid === "slow") await new Promise<void>((resolve) => waiting.push(resolve));
        return webSignatures.importKey(jwk);
      },
    };
    const { kernel } = await setUpAsync({ signatures });
    const [slow, quick] = [generateSigningKey("ES256", "slow"), generateSigningKey("ES256", "quick")];
    const earlier = kernel.setKeys([slow.jwk]);
    await kernel.setKeys([quick.jwk]);
    waiting[0]!();
    await earlier;
    expect(outcome(await kernel.verify(mint(quick)))).toBe("accepted");
    expect(outcome(await kernel.verify(mint(slow)))).toBe("unknown_key");
  });
});

test("R036 R136 what the platform throws, or rejects with, is a bad signature", async () => {
  const checks = [
    () => Promise.reject(new Error("out of order")),
    (): never => {
      throw new Error("out of order");
    },
  ];
  for (const check of checks) {
    const { kernel, key } = await setUpAsync({ signatures: { importKey: () => Promise.resolve(check) } });
    expect(outcome(await kernel.verify(mint(key, claimsWith())))).toBe("bad_signature");
  }
});
