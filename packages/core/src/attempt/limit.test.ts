import { beforeEach, describe, expect, test } from "vitest";
import { crypto, FakeClock, openLedger, over } from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AttemptLimit } from "./limit.ts";
import {
  accountAttempts,
  codeAttempts,
  forgive,
  KNOWN_ADDRESS_SECONDS,
  LIMITS,
  onAttempt,
  registerAttempts,
  resetAttempts,
} from "./limit.ts";

const HERE = "192.0.2.1";
const THERE = "203.0.113.9";
const SPELLINGS = ["ALICE", "alice", "aLiCe", "a\u006cice", "\uff21\uff2c\uff29\uff23\uff25", "\uff41lice"];

let clock: FakeClock;
let ledger: Ledger;

beforeEach(async () => {
  clock = new FakeClock();
  ledger = await openLedger(clock);
});

const limitOf = (username: string, address: string | null = HERE) => accountAttempts(crypto, username, address);

const guess = (limit: AttemptLimit, right = false) =>
  onAttempt(
    ledger,
    limit,
    () => Promise.resolve(right),
    (checked) => checked,
  );

/** As many wrong guesses, and how many of them were made. */
async function wrong(times: number, limit: (index: number) => AttemptLimit): Promise<number> {
  const all = await Promise.all(Array.from({ length: times }, (_, index) => guess(limit(index))));
  return all.filter((each) => each === false).length;
}

describe("guesses at an account's password", () => {
  test("R113 ALICE, alice and both in full width are one account, and leave no trace of their letters", () => {
    const keys = SPELLINGS.map((name) => JSON.stringify(limitOf(name)));
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).not.toContain("lice");
    expect(limitOf("my password is hunter2").buckets[0]!.key).toMatch(/^password:[\w-]{43}$/);
  });

  test("R113 count against account and address, the account and the address, each apart", async () => {
    const { buckets, unlessKnown } = limitOf("alice");
    const keys = [...buckets, ...unlessKnown!.buckets].map(({ key }) => key.split(":")[0]);
    expect(keys).toEqual(["password", "account", "address"]);
    const all = [limitOf("alice"), limitOf("alice", THERE), limitOf("bob"), limitOf("alice", null)];
    expect(new Set(all.map((limit) => limit.buckets[0]!.key)).size).toBe(4);
    expect(new Set(all.slice(0, 3).map((limit) => limit.unlessKnown?.key)).size).toBe(3);
  });

  test("R113 where no address is known the account alone counts, and nothing becomes known", async () => {
    const limit = limitOf("alice", null);
    expect(limit).toEqual({
      buckets: [{ key: expect.stringMatching(/^password:/), ...LIMITS.password }],
      success: { keys: [limit.buckets[0]!.key], known: null },
    });
    expect(await wrong(200, () => limit)).toBe(20);
  });

  test("R113 from one address 20 are made for one account, and 100 for all", async () => {
    expect(await wrong(50, () => limitOf("alice"))).toBe(20);
    expect(await guess(limitOf("alice"))).toEqual({ outcome: "limited", limit: "password", retryAfterSeconds: 15 });
    expect(await wrong(200, (index) => limitOf(`name-${index}`))).toBe(80);
    expect(await guess(limitOf("another"))).toEqual({ outcome: "limited", limit: "address", retryAfterSeconds: 5 });
    clock.pass(60_000);
    expect(await wrong(200, (index) => limitOf(`later-${index}`))).toBe(12);
    expect(await guess(limitOf("another", THERE))).toBe(false);
  });

  test("R113 from a thousand addresses 100 are made for one account, in whatever spelling, then one each ten minutes", async () => {
    expect(await wrong(1000, (index) => limitOf(SPELLINGS[index % 6]!, `10.0.${index >> 8}.${index & 255}`))).toBe(100);
    expect(await guess(limitOf("alice"))).toEqual({ outcome: "limited", limit: "account", retryAfterSeconds: 600 });
    clock.pass(599_999);
    expect(await guess(limitOf("alice"))).toEqual({ outcome: "limited", limit: "account", retryAfterSeconds: 1 });
    clock.pass(1);
    expect(await wrong(10, (index) => limitOf("alice", `10.1.0.${index}`))).toBe(1);
  });

  test("R113 a right password begins the account's hundred anew, wherever it was given", async () => {
    expect(await wrong(99, (index) => limitOf("alice", `10.0.0.${index}`))).toBe(99);
    expect(await guess(limitOf("alice"), true)).toBe(true);
    expect(await wrong(200, (index) => limitOf("alice", `10.0.1.${index}`))).toBe(100);
  });

  test("R114 what strangers do does not keep the owner out of an address that the account signed in from", async () => {
    expect(await guess(limitOf("alice"), true)).toBe(true);
    expect(await wrong(1000, (index) => limitOf("alice", `10.0.${index >> 8}.${index & 255}`))).toBe(100);
    expect(await guess(limitOf("alice", THERE), true)).toMatchObject({ limit: "account" });
    expect(await guess(limitOf("alice"), true)).toBe(true);
    // Nor does one who sprays from the owner's own office.
    expect(await wrong(200, (index) => limitOf(`name-${index}`))).toBe(100);
    expect(await guess(limitOf("bob"), true)).toMatchObject({ limit: "address" });
    expect(await guess(limitOf("alice"), true)).toBe(true);
  });

  test("R114 a stranger at an address that is known is held by its own limit, and counts against no other", async () => {
    await guess(limitOf("alice"), true);
    expect(await wrong(1000, () => limitOf("alice"))).toBe(20);
    expect(await guess(limitOf("alice"), true)).toEqual({
      outcome: "limited",
      limit: "password",
      retryAfterSeconds: 15,
    });
    expect(await wrong(200, (index) => limitOf("alice", `10.0.0.${index}`))).toBe(100);
    clock.pass(15_000);
    expect(await guess(limitOf("alice"), true)).toBe(true);
  });

  test("R114 an address stays known for ninety days after the last sign-in from it", async () => {
    expect(KNOWN_ADDRESS_SECONDS).toBe(90 * 86_400);
    await guess(limitOf("alice"), true);
    const exhaust = () => wrong(200, (index) => limitOf("alice", `10.0.0.${index}`));
    clock.pass(KNOWN_ADDRESS_SECONDS * 1000 - 1);
    await exhaust();
    expect(await guess(limitOf("alice"), true)).toBe(true);
    clock.pass(KNOWN_ADDRESS_SECONDS * 1000);
    await exhaust();
    expect(await guess(limitOf("alice"), true)).toMatchObject({ limit: "account" });
  });

  test("a success is no failure of its address: 300 at once from one, and the failures there count on", async () => {
    await wrong(90, (index) => limitOf(`mistyped-${index}`));
    for (let index = 0; index < 300; index++) expect(await guess(limitOf(`user-${index}`), true)).toBe(true);
    expect(await wrong(50, (index) => limitOf(`more-${index}`))).toBe(10);
  });

  test("R113 who signs in to his own account over and over wins no guess at others by it", async () => {
    let guesses = 0;
    for (let index = 0; index < 300; index++) {
      expect(await guess(limitOf("mallory"), true)).toBe(true);
      if ((await guess(limitOf(`victim-${index}`))) === false) guesses++;
    }
    expect(guesses).toBe(100);
  });

  test("another proof forgives what a password would, and makes the address known", async () => {
    await wrong(200, (index) => limitOf("alice", `10.0.0.${index}`));
    expect(await guess(limitOf("alice"), true)).toMatchObject({ limit: "account" });
    await forgive(ledger, limitOf("alice"));
    await wrong(200, (index) => limitOf("alice", `10.0.1.${index}`));
    expect(await guess(limitOf("alice"), true)).toBe(true);
  });
});

describe("an attempt", () => {
  test("whose check fails is given back to each of its buckets, and no more than that", async () => {
    const failing = () =>
      onAttempt(
        ledger,
        limitOf("alice"),
        () => Promise.reject(new Error("directory down")),
        () => true,
      );
    for (let index = 0; index < 150; index++) await expect(failing()).rejects.toThrow("directory down");
    await wrong(5, () => limitOf("alice"));
    for (let index = 0; index < 150; index++) await expect(failing()).rejects.toThrow("directory down");
    expect(await wrong(50, () => limitOf("alice"))).toBe(15);
    expect(await wrong(200, (index) => limitOf(`name-${index}`))).toBe(80);
  });

  test("that the ledger cannot forgive has succeeded all the same", async () => {
    const broken = over(ledger, { forgiveAttempts: () => Promise.reject(new StoreError("out")) });
    expect(await onAttempt(broken, limitOf("alice"), async () => "in", Boolean)).toBe("in");
  });

  test("costs one transaction before its check, and one more only where it succeeds", async () => {
    const asked: string[] = [];
    const counted = over(ledger, {
      takeAttempts: (input) => (asked.push("take"), ledger.takeAttempts(input)),
      forgiveAttempts: (input) => (asked.push("forgive"), ledger.forgiveAttempts(input)),
    });
    const check = async () => void asked.push("check");
    await onAttempt(counted, limitOf("alice"), check, () => false);
    await onAttempt(counted, limitOf("alice"), check, () => true);
    expect(asked).toEqual(["take", "check", "take", "check", "forgive"]);
  });
});

describe("the limits by address alone", () => {
  test.each([
    ["register", registerAttempts],
    ["reset", resetAttempts],
    ["code", codeAttempts],
  ] as const)("R005 %s: as many as its number, and an IPv6 network has one bucket", async (name, attempts) => {
    expect(await wrong(500, () => attempts("2001:db8:1:2::/64"))).toBe(LIMITS[name].burst);
    expect(await guess(attempts("2001:db8:1:2::/64"))).toEqual({
      outcome: "limited",
      limit: name,
      retryAfterSeconds: LIMITS[name].refillSeconds,
    });
    expect(await guess(attempts("2001:db8:1:3::/64"))).toBe(false);
    expect(await wrong(500, () => attempts(null))).toBe(LIMITS[name].burst);
  });

  test("a right code is no guess, and does not pay for a wrong one", async () => {
    for (let index = 0; index < 100; index++) expect(await guess(codeAttempts(HERE), true)).toBe(true);
    expect(await wrong(50, () => codeAttempts(HERE))).toBe(LIMITS.code.burst);
    expect(await guess(codeAttempts(HERE), true)).toMatchObject({ outcome: "limited" });
  });
});
