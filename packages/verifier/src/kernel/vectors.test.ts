import { SIGNING_ALGORITHMS } from "@counterfoil/protocol";
import { describe, expect, test } from "vitest";
import { outcome, setUp, setUpAsync } from "../../test/kernel.ts";
import { claimsWith, generateSigningKey, malleate, mint } from "../../test/mint.ts";
import { vectorsFor } from "../../test/vectors.ts";
import type { Revocation } from "@counterfoil/protocol";

const FORMS = [
  ["node:crypto", (key: ReturnType<typeof generateSigningKey>) => setUp({}, key)],
  ["Web Cryptography", (key: ReturnType<typeof generateSigningKey>) => setUpAsync({}, key)],
] as const;

describe.each(FORMS)("by %s", (_, setUpForm) => {
  test.each(SIGNING_ALGORITHMS)("R036 R042 R046 under %s tokens of every kind, size and shape", async (alg) => {
    const key = generateSigningKey(alg);
    const { kernel } = await setUpForm(key);
    const vectors = vectorsFor(key);
    const outcomes: [string, string][] = [];
    for (const [name, token] of vectors) outcomes.push([name, outcome(await kernel.verify(token))]);
    expect(outcomes).toEqual(vectors.map(([name, , expected]) => [name, expected]));
    const accepted = vectors.filter(([, , expected]) => expected === "accepted");
    expect(kernel.sizes.cachedTokens).toBe(accepted.length);
    // Again, with those that were accepted from memory.
    for (const [name, token, expected] of vectors) {
      expect([name, outcome(await kernel.verify(token))]).toEqual([name, expected]);
    }
  });

  test.each(SIGNING_ALGORITHMS)("R042 R057 under %s no spelling of a revoked token is accepted", async (alg) => {
    const key = generateSigningKey(alg);
    const { kernel } = await setUpForm(key);
    const claims = claimsWith();
    const token = mint(key, claims);
    expect(outcome(await kernel.verify(token))).toBe("accepted");
    kernel.apply({ type: "session-revoked", sid: claims["sid"] as string });
    for (const twin of twinsOf(token)) {
      expect([twin, outcome(await kernel.verify(twin))]).not.toEqual([twin, "accepted"]);
    }
    expect(outcome(await kernel.verify(token))).toBe("session_revoked");
    expect(kernel.sizes.cachedTokens).toBe(0);
  });

  test("R057 the other good signature of ES256 is another entry in memory, and is revoked with the first", async () => {
    const told: Revocation[] = [
      { type: "session-revoked", sid: "ses_twin" },
      { type: "claims-changed", sub: "usr_twin", claims_version: 4 },
      { type: "key-revoked", kid: "ES256-1" },
    ];
    for (const entry of told) {
      const key = generateSigningKey("ES256");
      const { kernel } = await setUpForm(key);
      const token = mint(key, { sid: "ses_twin", sub: "usr_twin" });
      const pair = [token, malleate(token)];
      for (const one of [...pair, ...pair]) expect(outcome(await kernel.verify(one))).toBe("accepted");
      expect(kernel.sizes.cachedTokens).toBe(2);
      kernel.apply(entry);
      for (const one of [...pair, ...pair]) {
        expect(outcome(await kernel.verify(one))).toBe(entry.type.replace("-", "_"));
      }
      expect(kernel.sizes.cachedTokens).toBe(0);
    }
  });
});

/** Other texts that a lenient reader takes for the same token. */
function twinsOf(token: string): string[] {
  const [header, payload, signature] = token.split(".") as [string, string, string];
  const parts = [header, payload, signature];
  const respelled = parts.flatMap((part, at) =>
    [
      `${part}=`,
      `${part}==`,
      ` ${part}`,
      `${part}\n`,
      part.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (part.length % 4)) % 4),
      ...(part.length % 4 === 0
        ? []
        : ["B", "C", "D", "P", "Q", "g", "w", "_"].map((last) => part.slice(0, -1) + last)),
      `${part.slice(0, 8)}%${part.charCodeAt(8).toString(16)}${part.slice(9)}`,
    ].map((other) => parts.with(at, other).join(".")),
  );
  return respelled
    .concat(`${token}.`, `.${token}`, `${token}.AAAA`, `\uFEFF${token}`, `${token}\0`)
    .filter((twin) => twin !== token);
}
