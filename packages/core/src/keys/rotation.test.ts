import type { SigningAlgorithm } from "@counterfoil/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crypto, FakeClock, keyringOf, openLedger, SEED } from "../../test/platform.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { SigningKeyState, StoredSigningKey } from "../ledger/keys.ts";
import { rotateSigningKey, takeKeySteps } from "./rotate.ts";
import { ANNOUNCE_SECONDS, nextKeyStep, RETIRED_SECONDS } from "./rotation.ts";
import type { KeyPolicy } from "./rotation.ts";
import { loadSigningKeys } from "./signing-keys.ts";

const DAY = 24 * 3600_000;
const now = 1_800_000_000_000;
const policy: KeyPolicy = { algorithm: "ES256", lifetimeMs: 90 * DAY };

function stored(kid: string, state: SigningKeyState, ageMs: number, algorithm: SigningAlgorithm = "ES256") {
  const at = now - ageMs;
  return {
    kid,
    algorithm,
    state,
    createdAt: at,
    signsSince: state === "announced" ? null : at,
    retiredAt: state === "retired" ? at : null,
    publicJwk: null,
    sealedKey: new Uint8Array(),
    secretVersion: 1,
  } satisfies StoredSigningKey;
}

describe("the next step of the signing keys", () => {
  const announceMs = ANNOUNCE_SECONDS * 1000;
  const retiredMs = RETIRED_SECONDS * 1000;

  test("a key is announced so long before it signs that the old one signs for its lifetime", () => {
    const young = [stored("old", "signing", policy.lifetimeMs - announceMs - 1)];
    expect(nextKeyStep(young, now, policy)).toEqual({ step: "none" });
    expect(nextKeyStep([stored("old", "signing", policy.lifetimeMs - announceMs)], now, policy)).toEqual({
      step: "announce",
    });
  });

  test("it signs once it has been announced for as long as a verifier may cache the set, and not a moment before", () => {
    const keys = (ageMs: number) => [stored("old", "signing", 1), stored("next", "announced", ageMs)];
    expect(nextKeyStep(keys(announceMs - 1), now, policy)).toEqual({ step: "none" });
    expect(nextKeyStep(keys(announceMs), now, policy)).toEqual({ step: "promote", kid: "next" });
    // A server whose clock is behind waits.
    expect(nextKeyStep(keys(-DAY), now, policy)).toEqual({ step: "none" });
  });

  test("a retired key goes when the last token under it has expired", () => {
    const keys = (ageMs: number) => [stored("old", "retired", ageMs), stored("new", "signing", ageMs)];
    expect(nextKeyStep(keys(retiredMs - 1), now, policy)).toEqual({ step: "none" });
    expect(nextKeyStep(keys(retiredMs), now, policy)).toEqual({ step: "remove", kid: "old" });
    // One that a server of the version before retired: the ledger begins to count.
    const undated = { ...stored("old", "retired", 0), retiredAt: null };
    expect(nextKeyStep([undated], now, policy)).toEqual({ step: "remove", kid: "old" });
  });

  test("a key of an algorithm that nobody signs with any more retires, a day after somebody would have replaced it", () => {
    const other = (ageMs: number, state: "signing" | "announced" = "signing") => [
      stored("own", "signing", 1),
      stored("other", state, ageMs, "RS256"),
    ];
    expect(nextKeyStep(other(policy.lifetimeMs), now, policy)).toEqual({ step: "none" });
    expect(nextKeyStep(other(policy.lifetimeMs + DAY), now, policy)).toEqual({ step: "retire", kid: "other" });
    expect(nextKeyStep(other(policy.lifetimeMs + DAY, "announced"), now, policy)).toEqual({
      step: "retire",
      kid: "other",
    });
  });

  test("the key of HS256 is the operator's: nothing replaces it, and the one before it goes", () => {
    const hs256: KeyPolicy = { ...policy, algorithm: "HS256" };
    const keys = [stored("mac", "signing", 10 * policy.lifetimeMs, "HS256")];
    expect(nextKeyStep(keys, now, hs256)).toEqual({ step: "none" });
    expect(nextKeyStep([...keys, stored("before", "retired", retiredMs, "HS256")], now, hs256)).toEqual({
      step: "remove",
      kid: "before",
    });
  });

  test("of any keys at any time: nothing young is promoted or removed, and only what is there is named", () => {
    const keys = fc.uniqueArray(
      fc.record({
        kid: fc.integer({ min: 0, max: 20 }).map(String),
        state: fc.constantFrom("announced", "signing", "retired"),
        algorithm: fc.constantFrom("ES256", "RS256", "HS256"),
        ageMs: fc.integer({ min: -DAY, max: 200 * DAY }),
      }),
      { selector: ({ kid }) => kid },
    );
    const isDue = (key: StoredSigningKey, step: string, algorithm: string) => {
      const age = now - key.createdAt;
      if (step === "promote") return key.state === "announced" && key.algorithm === algorithm && age >= announceMs;
      if (step === "remove") return key.state === "retired" && age >= retiredMs;
      return key.state !== "retired" && key.algorithm !== algorithm && age >= policy.lifetimeMs;
    };
    const run = fc.property(keys, fc.constantFrom("ES256", "Ed25519", "HS256"), (made, algorithm) => {
      const all = made.map(({ kid, state, ageMs, algorithm: of }) => stored(kid, state, ageMs, of));
      const next = nextKeyStep(all, now, { ...policy, algorithm });
      const key = "kid" in next ? all.find(({ kid }) => kid === next.kid) : undefined;
      expect("kid" in next && (key === undefined || !isDue(key, next.step, algorithm))).toBe(false);
    });
    fc.assert(run, { seed: SEED, numRuns: 2_000 });
  });
});

describe("the life of the signing keys", () => {
  const keyring = keyringOf("one");
  const server = (ledger: Ledger, algorithm: SigningAlgorithm = "Ed25519") => ({
    look: (at: number) => takeKeySteps({ ledger, crypto, keyring }, at, { algorithm, lifetimeMs: DAY }),
    load: () => loadSigningKeys({ ledger, crypto, keyring, algorithm, hs256Secret: null }),
  });

  test("whenever servers look, each key is in the set a quarter of an hour before it signs and until its tokens end", async () => {
    const pauses = fc.array(fc.integer({ min: 1_000, max: 30_000 }), { minLength: 1, maxLength: 40 });
    const run = fc.asyncProperty(pauses, async (waits) => {
      const clock = new FakeClock();
      const ledger = await openLedger(clock);
      const { look, load } = server(ledger);
      let { current, all } = await load();
      const known = new Map(all.map(({ kid }) => [kid, clock.now() - DAY]));
      const signed = new Map<string, number>();
      const waited: number[] = [];
      for (let turn = 0; turn < 1_000; turn++) {
        clock.pass(turn % 61 === 0 ? DAY / 2 : waits[turn % waits.length]!);
        await look(clock.now());
        const loaded = await load();
        for (const { kid } of loaded.all) if (!known.has(kid)) known.set(kid, clock.now());
        if (loaded.current.kid !== current.kid) waited.push(clock.now() - known.get(loaded.current.kid)!);
        ({ current, all } = loaded);
        signed.set(current.kid, clock.now());
        const alive = [...signed].filter(([, at]) => clock.now() - at <= 15 * 60_000).map(([kid]) => kid);
        expect(all.map(({ kid }) => kid)).toEqual(expect.arrayContaining(alive));
        expect(all.length).toBeLessThanOrEqual(3);
      }
      expect(waited.length).toBeGreaterThan(3);
      // Half a minute less than in the ledger: it was seen at the look that followed.
      expect(Math.min(...waited)).toBeGreaterThanOrEqual(ANNOUNCE_SECONDS * 1000 - 30_000);
    });
    await fc.assert(run, { seed: SEED, numRuns: 3 });
  });

  test("announced, already_announced, promoted: a rotation by command waits, or with --now does not", async () => {
    const clock = new FakeClock();
    const ledger = await openLedger(clock);
    const { look, load } = server(ledger);
    const before = await load();
    const rotate = (at: boolean) =>
      rotateSigningKey(
        { ledger, crypto, keyring },
        { algorithm: "Ed25519", now: at, context: { requestId: "req_cli_1", remoteAddress: null, userAgent: null } },
      );
    const announced = await rotate(false);
    expect(announced.outcome).toBe("announced");
    expect(await rotate(false)).toEqual({ ...announced, outcome: "already_announced" });
    expect((await load()).current.kid).toBe(before.current.kid);
    expect((await load()).jwkSet.keys).toHaveLength(2);
    expect(await look(clock.now())).toBe(false);
    clock.pass(ANNOUNCE_SECONDS * 1000);
    expect(await look(clock.now())).toBe(true);
    expect((await load()).current).toMatchObject({ kid: (announced as { kid: string }).kid });
    const promoted = await rotate(true);
    expect(promoted.outcome).toBe("promoted");
    expect((await load()).current).toMatchObject({ kid: (promoted as { kid: string }).kid });
  });

  test("a key that this server cannot open is left to one that can", async () => {
    const clock = new FakeClock();
    const ledger = await openLedger(clock);
    const { load, look } = server(ledger);
    await load();
    const stranger = keyringOf("two", "one");
    const context = { requestId: "req_cli_1", remoteAddress: null, userAgent: null };
    const parts = { ledger, crypto, keyring: { ...stranger, sealing: { ...stranger.sealing, version: 2 } } };
    await rotateSigningKey(parts, { algorithm: "Ed25519", now: false, context });
    clock.pass(ANNOUNCE_SECONDS * 1000);
    expect(await look(clock.now())).toBe(false);
    expect((await load()).current.state).toBe("signing");
  });
});
