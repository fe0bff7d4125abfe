import fc from "fast-check";
import { expect, test } from "vitest";
import { SEED } from "../../test/platform.ts";
import type { StoredSecret } from "../ledger/keys.ts";
import type { SecretFingerprint } from "./keyring.ts";
import { nextSecretStep } from "./rotation.ts";
import type { SecretRotation, SecretStep } from "./rotation.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const now = 1_800_000_000_000;
const MONTH = 30 * 24 * 3600;

const print = (text: string) => text as SecretFingerprint;

function secret(name: string, version: number, more: Partial<StoredSecret> = {}): StoredSecret {
  const fingerprint = print(name);
  return { version, fingerprint, adoptedAt: now - DAY, sealedAt: null, lackedAt: null, discardedAt: null, ...more };
}

function step(held: string, secrets: readonly StoredSecret[], more: Partial<SecretRotation> = {}) {
  return nextSecretStep({ held: held.split(" ").map(print), secrets, keys: [], now, neededSeconds: MONTH, ...more });
}

test("one secret: a new one is appended, wherever servers run or not", () => {
  expect(step("a", [secret("a", 1, { sealedAt: now })])).toEqual({ step: "append" });
  expect(step("a", [])).toEqual({ step: "append" });
});

test("an appended one is moved first once every server that runs has had the time to read it", () => {
  const a = secret("a", 1, { sealedAt: now - MINUTE });
  const wait = (from: number | null) => ({ step: "wait_for_servers", fingerprint: "b", from });
  expect(step("a b", [a])).toEqual(wait(null));
  const adopted = (ago: number, more: Partial<StoredSecret> = {}) => [
    a,
    secret("b", 2, { adoptedAt: now - ago, ...more }),
  ];
  expect(step("a b", adopted(2 * MINUTE - 1))).toEqual(wait(now + 1));
  expect(step("a b", adopted(2 * MINUTE))).toEqual({ step: "move", fingerprint: "b" });
  // Another server has not read it.
  expect(step("a b", adopted(HOUR, { lackedAt: now - MINUTE }))).toEqual(wait(now + MINUTE));
  expect(step("a b", adopted(HOUR, { lackedAt: now - 2 * MINUTE }))).toEqual({ step: "move", fingerprint: "b" });
});

test("where no server runs there is nobody to wait for", () => {
  const a = secret("a", 1, { sealedAt: now - 3 * MINUTE });
  expect(step("a b", [a])).toEqual({ step: "move", fingerprint: "b" });
  expect(step("a b", [])).toEqual({ step: "move", fingerprint: "b" });
});

test("the old one goes when nothing that it sealed can be alive, and no signing key is under it", () => {
  const b = secret("b", 2, { sealedAt: now });
  const old = (ago: number) => [b, secret("a", 1, { sealedAt: now - ago })];
  const until = now + 30 * DAY + HOUR;
  expect(step("b a", old(0))).toEqual({ step: "wait_for_sealed", fingerprint: "a", until });
  expect(step("b a", old(30 * DAY + HOUR - 1))).toMatchObject({ step: "wait_for_sealed", until: now + 1 });
  expect(step("b a", old(30 * DAY + HOUR))).toEqual({ step: "remove", fingerprint: "a" });
  const key = { kid: "k", algorithm: "ES256", publicJwk: null, sealedKey: new Uint8Array(), secretVersion: 1 } as const;
  const keys = [{ ...key, state: "retired" as const, createdAt: 0, signsSince: 0, retiredAt: 0 }];
  expect(step("b a", old(30 * DAY + HOUR), { keys })).toEqual({ step: "wait_for_keys", fingerprint: "a" });
});

test("before any step, what others seal with and this list lacks is added", () => {
  const a = secret("a", 1, { sealedAt: now - HOUR });
  const b = secret("b", 2, { sealedAt: now });
  const add = { step: "add", fingerprints: ["b"] };
  expect(step("a", [a, b])).toEqual(add);
  expect(step("a c", [a, b, secret("c", 3)])).toEqual(add);
  expect(step("c a", [a, b, { ...secret("c", 3, { sealedAt: now }), discardedAt: now }])).toEqual(add);
  // What it sealed is dead, or good no more; or nobody seals with it yet.
  expect(step("a", [a, { ...b, sealedAt: now - 31 * DAY }])).toEqual({ step: "append" });
  expect(step("a", [a, { ...b, discardedAt: now }])).toEqual({ step: "append" });
  expect(step("a", [a, { ...b, sealedAt: null }])).toEqual({ step: "append" });
});

test("a discarded one goes at once", () => {
  const secrets = [secret("a", 1, { sealedAt: now, discardedAt: now }), secret("b", 2, { sealedAt: now })];
  expect(step("b a", secrets)).toEqual({ step: "remove", fingerprint: "a" });
  // Also where it is first, but never the last one.
  expect(step("a b", secrets)).toEqual({ step: "remove", fingerprint: "a" });
  expect(step("a", secrets)).toEqual({ step: "add", fingerprints: ["b"] });
  expect(step("a", secrets.slice(0, 1))).toEqual({ step: "append" });
});

/** What must hold of a step, however the step was found. */
function isSafe(
  next: SecretStep,
  known: StoredSecret | undefined,
  secrets: readonly StoredSecret[],
  held: readonly string[],
): boolean {
  switch (next.step) {
    case "add":
      return next.fingerprints.every((one) => !held.includes(one));
    case "append":
      return held.length === 1;
    case "remove":
      return known!.discardedAt !== null || known!.sealedAt! <= now - MONTH * 1000;
    case "move": {
      const running = secrets.some(({ sealedAt }) => sealedAt !== null && now - sealedAt < 2 * MINUTE);
      return (known?.discardedAt ?? null) === null && (!running || (known!.lackedAt ?? 0) <= now - 2 * MINUTE);
    }
    case "wait_for_keys":
    case "wait_for_sealed":
    case "wait_for_servers":
      return held.indexOf(next.fingerprint) > 0;
  }
}

test("of any secrets: the one that seals is never taken away, and nothing is that may have sealed something alive", () => {
  const instant = fc.option(fc.integer({ min: now - 60 * DAY, max: now }), { nil: null });
  const made = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom("a", "b", "c", "d"),
      sealedAt: instant,
      lackedAt: instant,
      discarded: fc.boolean(),
    }),
    { selector: ({ name }) => name, minLength: 1 },
  );
  const run = fc.property(made, fc.shuffledSubarray(["a", "b", "c", "d"], { minLength: 1 }), (all, held) => {
    const secrets = all.map(({ name, sealedAt, lackedAt, discarded }, index) =>
      secret(name, index + 1, { sealedAt, lackedAt, discardedAt: discarded ? now : null }),
    );
    const next = step(held.join(" "), secrets);
    const known =
      "fingerprint" in next ? secrets.find(({ fingerprint }) => fingerprint === next.fingerprint) : undefined;
    expect([next, isSafe(next, known, secrets, held)]).toEqual([next, true]);
  });
  fc.assert(run, { seed: SEED, numRuns: 2_000 });
});
