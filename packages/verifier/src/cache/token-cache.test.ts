import { Buffer } from "node:buffer";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import { outcome, setUp } from "../../test/kernel.ts";
import { claimsWith, encode, generateSigningKey, mint } from "../../test/mint.ts";
import { nodeSignatures } from "../node.ts";
import { TokenCache } from "./token-cache.ts";
import type { CachedToken } from "./token-cache.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** A kernel that counts how often a signature was checked. */
function setUpCounting(cacheSize?: number) {
  const check = vi.fn<(input: Uint8Array, signature: Uint8Array) => boolean>();
  const signatures = {
    importKey: (jwk: Parameters<typeof nodeSignatures.importKey>[0]) => {
      const real = nodeSignatures.importKey(jwk);
      return check.mockImplementation((input, signature) => real(input, signature));
    },
  };
  return { check, ...setUp(cacheSize === undefined ? { signatures } : { signatures, cacheSize }) };
}

/** The same characters in a string that nothing was remembered of. */
const afresh = (token: string) => Buffer.from(token).toString("latin1");

/** All that the feed can tell of a token, and the reason that follows. */
const entriesFor = (claims: Readonly<Record<string, unknown>>, kid: string) => [
  ["session_revoked", { type: "session-revoked", sid: claims["sid"] as string }] as const,
  ["claims_changed", { type: "claims-changed", sub: claims["sub"] as string, claims_version: 4 }] as const,
  ["key_revoked", { type: "key-revoked", kid }] as const,
];

describe("a token seen before", () => {
  test("is not verified again, and its answer is the same", () => {
    const { kernel, key, check } = setUpCounting();
    const token = mint(key);
    const first = kernel.verify(token);
    expect(outcome(first)).toBe("accepted");
    expect(kernel.verify(afresh(token))).toBe(first);
    expect(kernel.verify(`Bearer ${token}`.slice(7))).toBe(first);
    expect(check).toHaveBeenCalledTimes(1);
  });

  test("R058 is known by its whole text: no twin shares its entry", () => {
    const { kernel, key } = setUpCounting();
    const token = mint(key);
    const [header, payload, signature] = token.split(".") as [string, string, string];
    expect(outcome(kernel.verify(token))).toBe("accepted");
    const other = mint(key, { roles: ["admin"] });
    const twins = [
      `${other.split(".")[0]}.${other.split(".")[1]}.${signature}`,
      `${header}.${payload}A.${signature}`,
      `${header}.${encode(Buffer.from(payload, "base64url").toString().replace("user", "root"))}.${signature}`,
      `A${token.slice(1)}`,
      token.slice(1),
      token.slice(-22),
      ` ${token}`,
      `${token} `,
    ];
    for (let at = 0; at < token.length; at++) {
      twins.push(token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1));
    }
    for (const twin of twins) expect(outcome(kernel.verify(twin))).not.toBe("accepted");
    expect(kernel.sizes.cachedTokens).toBe(1);
  });

  test("R058 that differs in its last byte alone is another", () => {
    const cache = new TokenCache(10);
    const one = { token: `a.b.${"s".repeat(40)}A` } as CachedToken;
    const two = { token: `a.b.${"s".repeat(40)}Q` } as CachedToken;
    cache.add(one);
    expect(cache.get(two.token)).toBeUndefined();
    cache.add(two);
    expect([cache.get(one.token), cache.get(two.token)]).toEqual([one, two]);
  });

  test("R058 with the same tail as another takes its place, and is never mistaken for it", () => {
    const cache = new TokenCache(2);
    const tail = "t".repeat(22);
    const [one, two, three] = ["one", "two", "three"].map((name) => ({ token: name + tail }) as CachedToken);
    cache.add(one!);
    cache.add(two!);
    expect([cache.get(one!.token), cache.get(two!.token), cache.size]).toEqual([undefined, two, 1]);
    cache.add(three!);
    cache.delete(two!);
    expect([cache.get(three!.token), cache.size]).toEqual([three, 1]);
  });

  test("R058 is refused once it has expired", () => {
    const { kernel, key, clock, check } = setUpCounting();
    const token = mint(key);
    kernel.verify(token);
    clock.advance(603);
    expect(outcome(kernel.verify(token))).toBe("accepted");
    clock.advance(1);
    expect(outcome(kernel.verify(token))).toBe("expired");
    expect(check).toHaveBeenCalledTimes(1);
    expect(kernel.sizes.cachedTokens).toBe(0);
  });

  test("R058 is refused while the clock is before its time", () => {
    const { kernel, key, clock } = setUpCounting();
    const token = mint(key);
    kernel.verify(token);
    clock.set(0);
    expect(outcome(kernel.verify(token))).toBe("not_yet_valid");
  });

  test("R058 is refused after its session's revocation, its user's change, its key's end", () => {
    for (const which of [0, 1, 2]) {
      const { kernel, key } = setUpCounting();
      const claims = claimsWith();
      const token = mint(key, claims);
      expect(outcome(kernel.verify(token))).toBe("accepted");
      const [reason, entry] = entriesFor(claims, key.kid)[which]!;
      kernel.apply(entry);
      expect(outcome(kernel.verify(token))).toBe(reason);
      expect(outcome(kernel.verify(afresh(token)))).toBe(reason);
      expect(kernel.sizes.cachedTokens).toBe(0);
    }
  });

  test("is held against each new entry of the feed once, without its signature", () => {
    const { kernel, key, check } = setUpCounting();
    const token = mint(key);
    const has = vi.spyOn(kernel.revocations, "has");
    kernel.verify(token);
    kernel.verify(token);
    expect(has).toHaveBeenCalledTimes(1);
    kernel.apply({ type: "session-revoked", sid: "ses_other" });
    for (let repeat = 0; repeat < 3; repeat++) expect(outcome(kernel.verify(token))).toBe("accepted");
    expect(has).toHaveBeenCalledTimes(2);
    expect(check).toHaveBeenCalledTimes(1);
  });

  test("R058 dies with its key, and lives on when the same key is set again", () => {
    const { kernel, key, check } = setUpCounting();
    const token = mint(key);
    const second = generateSigningKey("ES256", "second");
    kernel.verify(token);
    kernel.setKeys([second.jwk, { ...key.jwk, x5t: "added" }]);
    expect(outcome(kernel.verify(token))).toBe("accepted");
    expect(check).toHaveBeenCalledTimes(1);
    kernel.setKeys([second.jwk]);
    expect(outcome(kernel.verify(token))).toBe("unknown_key");
    kernel.setKeys([generateSigningKey("ES256", key.kid).jwk]);
    expect(outcome(kernel.verify(token))).toBe("bad_signature");
  });

  test("R058 dies when its kid becomes another key's", () => {
    const { kernel, key } = setUpCounting();
    const token = mint(key);
    kernel.verify(token);
    kernel.setKeys([generateSigningKey("ES256", key.kid).jwk]);
    expect(outcome(kernel.verify(token))).toBe("unknown_key");
    expect(outcome(kernel.verify(token))).toBe("bad_signature");
  });
});

describe("the cache", () => {
  test("never holds what was refused", () => {
    const { kernel, key } = setUpCounting();
    const revoked = claimsWith();
    kernel.apply({ type: "session-revoked", sid: revoked["sid"] as string });
    const refused = [
      mint(key, revoked),
      mint(key, { exp: 1, iat: 0 }),
      mint(key, { aud: "b" }),
      mint(key, {}, { typ: "JWT" }),
    ];
    for (const token of refused) expect(outcome(kernel.verify(token))).not.toBe("accepted");
    expect(kernel.sizes.cachedTokens).toBe(0);
  });

  test("holds no more than it was told to: the oldest gives way", () => {
    const { kernel, key, check } = setUpCounting(3);
    const tokens = Array.from({ length: 5 }, () => mint(key));
    for (const token of tokens) kernel.verify(token);
    expect(kernel.sizes.cachedTokens).toBe(3);
    for (const token of tokens.slice(2)) kernel.verify(token);
    expect(check).toHaveBeenCalledTimes(5);
    kernel.verify(tokens[0]!);
    expect(check).toHaveBeenCalledTimes(6);
    expect(kernel.sizes.cachedTokens).toBe(3);
  });

  test("of no size holds nothing", () => {
    const { kernel, key, check } = setUpCounting(0);
    const token = mint(key);
    kernel.verify(token);
    expect(outcome(kernel.verify(token))).toBe("accepted");
    expect(check).toHaveBeenCalledTimes(2);
    expect(kernel.sizes.cachedTokens).toBe(0);
  });

  test("stays within its size whatever comes, goes and comes again", () => {
    const cache = new TokenCache(4);
    const entries = Array.from({ length: 50 }, (_, index) => ({ token: `${index}`.padStart(30, "x") }) as CachedToken);
    for (let step = 0; step < 2000; step++) {
      const entry = entries[(step * 7919) % 50]!;
      if (step % 3 === 0) cache.delete(entry);
      else if (cache.get(entry.token) === undefined) cache.add(entry);
      expect(cache.size).toBeLessThanOrEqual(4);
    }
  });

  test("does not keep the request that a token was cut from", () => {
    const { kernel, key } = setUpCounting();
    const tokens = Array.from({ length: 200 }, () => mint(key));
    collect();
    const before = process.memoryUsage().heapUsed;
    for (const token of tokens) kernel.verify(`${"x".repeat(2 ** 18)}${token}`.slice(2 ** 18));
    collect();
    expect(kernel.sizes.cachedTokens).toBe(200);
    // 50 MiB of requests.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10 * 2 ** 20);
  });
});
