import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { encodeBase64Url } from "@counterfoil/protocol";
import type { Revocation } from "@counterfoil/protocol";
import { describe, expect, test } from "vitest";
import { outcome, setUp, TestClock } from "../../test/kernel.ts";
import { claimsWith, malleate, mint, newSid } from "../../test/mint.ts";
import { RevocationSet } from "./revocation-set.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const MINUTE = 60;
const SUB = "usr_1";
const session = (sid: string): Revocation => ({ type: "session-revoked", sid });
const changed = (version: number, sub = SUB): Revocation => ({ type: "claims-changed", sub, claims_version: version });

function newSet() {
  const clock = new TestClock();
  return { set: new RevocationSet(clock.monotonic), clock };
}

describe("a revoked session", () => {
  test("R057 is revoked in every token, however its signature is spelled", () => {
    const { kernel, key } = setUp();
    const claims = claimsWith();
    const token = mint(key, claims);
    const twin = malleate(token);
    expect(twin).not.toBe(token);
    // The twin is a good signature too (RFC 7518 §3.4 asks for no low s): that is why no list of tokens would do.
    expect(outcome(kernel.verify(twin))).toBe("accepted");
    kernel.apply(session(claims["sid"] as string));
    const all = [token, twin, mint(key, { ...claims, jti: "another" }), malleate(mint(key, claims))];
    expect(all.map((one) => outcome(kernel.verify(one)))).toEqual(all.map(() => "session_revoked"));
    for (const spelled of [` ${token}`, `${token}\n`, `${token}=`]) {
      expect(outcome(kernel.verify(spelled))).toBe("malformed");
    }
  });

  test("R057 takes no other along, and a repeat changes nothing", () => {
    const { kernel, key } = setUp();
    const claims = claimsWith();
    kernel.apply(session(claims["sid"] as string));
    kernel.apply(session(claims["sid"] as string));
    expect(kernel.sizes.revocations).toBe(1);
    expect(outcome(kernel.verify(mint(key)))).toBe("accepted");
  });

  test("is found in whatever form its sid is", () => {
    const { set } = newSet();
    const zeros = `ses_${"A".repeat(22)}`;
    const odd = [
      "",
      "ses_",
      "x",
      zeros,
      `ses_${"A".repeat(21)}B`,
      `SES_${"B".repeat(22)}`,
      "é".repeat(26),
      `ses_${"é".repeat(22)}`,
    ];
    const sids = [...odd, newSid(), `ses_${"_".repeat(21)}w`];
    for (const sid of sids) {
      expect(set.has(sid)).toBe(false);
      set.add(session(sid));
      expect(set.has(sid)).toBe(true);
    }
    expect(set.size).toBe(sids.length);
    expect(set.has(`ses_${"A".repeat(21)}C`)).toBe(false);
  });
});

describe("changed claims", () => {
  test.each([
    [2, "claims_changed"],
    [3, "accepted"],
    [4, "accepted"],
  ])("a token of version %d is %s when 3 is told", (version, expected) => {
    const { kernel, key } = setUp();
    kernel.apply(changed(3));
    expect(outcome(kernel.verify(mint(key, { sub: SUB, claims_version: version })))).toBe(expected);
    expect(outcome(kernel.verify(mint(key, { sub: "usr_2", claims_version: version })))).toBe("accepted");
  });

  test("never go back: the highest version told counts, in any order and across time", () => {
    const { set, clock } = newSet();
    expect(set.claimsVersion(SUB)).toBeNull();
    set.add(changed(0));
    expect(set.claimsVersion(SUB)).toBe(0);
    set.add(changed(5));
    set.add(changed(4));
    clock.advance(5 * MINUTE);
    set.add(changed(2));
    expect(set.claimsVersion(SUB)).toBe(5);
  });

  test("a revoked session is told before changed claims, for no refresh mends it", () => {
    const { kernel, key } = setUp();
    const claims = claimsWith();
    kernel.apply(changed(9, claims["sub"] as string));
    kernel.apply(session(claims["sid"] as string));
    expect(outcome(kernel.verify(mint(key, claims)))).toBe("session_revoked");
  });
});

describe("a revoked key", () => {
  test("verifies nothing any more, for ever, though it is set again", () => {
    const { kernel, key, clock } = setUp();
    kernel.apply({ type: "key-revoked", kid: key.kid });
    clock.advance(24 * 60 * MINUTE);
    kernel.setKeys([]);
    kernel.setKeys([key.jwk]);
    const now = clock.now() / 1000;
    expect(outcome(kernel.verify(mint(key, { iat: now, exp: now + 600 })))).toBe("key_revoked");
  });
});

describe("the feed", () => {
  test.each([
    { type: "user-revoked", sub: "a" },
    { type: "session-revoked" },
    { type: "session-revoked", sid: 1 },
    { type: "claims-changed", sub: "a", claims_version: "1" },
    { type: "key-revoked", kid: null },
    null,
    "session-revoked",
  ])("an entry that is not understood is refused aloud: %j", (entry) => {
    const { kernel } = setUp();
    expect(() => kernel.apply(entry as Revocation)).toThrow(TypeError);
    expect(kernel.sizes.revocations).toBe(0);
  });

  test("asking about sids of any form adds none", () => {
    const { set } = newSet();
    set.add(session("odd"));
    for (let index = 0; index < 1000; index++) expect(set.has(`odd-${index}`)).toBe(false);
    expect(set.size).toBe(1);
  });
});

describe("time", () => {
  test("R132 an entry lives 16 minutes at least, and 20 at most", () => {
    for (const offset of [0, 1, 3 * MINUTE + 59, 4 * MINUTE, 7 * MINUTE]) {
      const { set, clock } = newSet();
      set.add(session("ses_first"));
      clock.advance(offset);
      set.add(session("ses_a"));
      set.add(changed(3));
      clock.advance(16 * MINUTE - 0.001);
      expect([set.has("ses_a"), set.claimsVersion(SUB)]).toEqual([true, 3]);
      clock.advance(4 * MINUTE + 0.001);
      expect([set.has("ses_a"), set.claimsVersion(SUB), set.size]).toEqual([false, null, 0]);
    }
  });

  test("R132 a steady stream holds what came in the last 20 minutes", () => {
    const { set, clock } = newSet();
    let most = 0;
    for (let second = 0; second < 60 * MINUTE; second++) {
      set.add(session(newSid()));
      most = Math.max(most, set.size);
      clock.advance(1);
    }
    expect(most).toBeGreaterThanOrEqual(16 * MINUTE);
    expect(most).toBeLessThanOrEqual(20 * MINUTE);
  });

  test("a token that an entry concerns is refused until it has expired, whenever it was minted", () => {
    const { kernel, key, clock } = setUp();
    const claims = claimsWith({ iat: clock.now() / 1000 + 5, exp: clock.now() / 1000 + 905 });
    const token = mint(key, claims);
    kernel.apply(session(claims["sid"] as string));
    for (let second = 0; second < 20 * MINUTE; second += 5) {
      expect(outcome(kernel.verify(token))).toBe(second < 910 ? "session_revoked" : "expired");
      clock.advance(5);
    }
  });

  test("R132 a million revocations fit in 64 MiB, and their memory comes back", async () => {
    const { kernel, clock } = setUp();
    const bytes = new Uint8Array(16);
    const sidOf = (index: number) => {
      // Spread as random ones are, and another for each index.
      new DataView(bytes.buffer).setUint32(0, Math.imul(index, 0x9e3779b1));
      new DataView(bytes.buffer).setUint32(12, index);
      return `ses_${encodeBase64Url(bytes)}`;
    };
    const before = await memory();
    for (let index = 0; index < 1_000_000; index++) kernel.apply(session(sidOf(index)));
    expect(kernel.sizes.revocations).toBe(1_000_000);
    expect([0, 1, 499_999, 999_999].every((index) => kernel.revocations.has(sidOf(index)))).toBe(true);
    expect([1_000_000, 2_000_000].some((index) => kernel.revocations.has(sidOf(index)))).toBe(false);
    expect((await memory()) - before).toBeLessThan(64 * 2 ** 20);
    clock.advance(20 * MINUTE);
    expect(kernel.revocations.has(sidOf(1))).toBe(false);
    expect(kernel.sizes.revocations).toBe(0);
    expect((await memory()) - before).toBeLessThan(4 * 2 ** 20);
  }, 60_000);
});

/** Bytes in use, once all that can be freed is. */
async function memory(): Promise<number> {
  collect();
  // Buffers are freed behind the collector's back, a moment later.
  await setImmediate();
  collect();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
