import { hash, verify } from "@node-rs/argon2";
import type { Options } from "@node-rs/argon2";
import { CounterfoilError, fingerprint, parsePassword, Secret, systemRandom } from "@counterfoil/core";
import { describe, expect, test } from "vitest";
import { Argon2 } from "./argon2.ts";
import { nodeCrypto } from "./node-crypto.ts";

const password = parsePassword("lantern gravel mitten")!;
const wrong = parsePassword("lantern gravel mittens")!;
const newPepper = () => Secret.generate(nodeCrypto, systemRandom);
const nameOf = (pepper: Secret) => fingerprint(nodeCrypto, pepper);

/** The library's numbers: its own enumerations exist for the compiler alone. */
const ARGON2 = { d: 0, i: 1, id: 2 } as const;
const imported = (options: Options) => hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1, ...options });

describe("without a pepper", () => {
  const argon2 = new Argon2([]);

  test("R121 a password is hashed by argon2id with 19 MiB, two passes, one lane and 16 bytes of salt", async () => {
    const stored = await argon2.hash(password);
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await argon2.hash(password)).not.toBe(stored);
    expect(await argon2.verify(stored, password)).toBe(true);
    expect(await argon2.verify(stored, wrong)).toBe(false);
    expect(argon2.isCurrent(stored)).toBe(true);
  });

  test.each<[name: string, options: Options]>([
    ["a quarter of the memory", { memoryCost: 4_864 }],
    ["one pass", { timeCost: 1 }],
    ["argon2i", { algorithm: ARGON2.i }],
    ["argon2d", { algorithm: ARGON2.d }],
    ["the version before", { version: 0 }],
    ["half the output", { outputLen: 16 }],
    ["half the salt", { salt: new Uint8Array(8).fill(7) }],
    ["more memory and one pass", { memoryCost: 47_104, timeCost: 1 }],
  ])("R121 an imported hash with %s verifies, and is not current", async (_name, options) => {
    const stored = await imported(options);
    expect(await argon2.verify(stored, password)).toBe(true);
    expect(await argon2.verify(stored, wrong)).toBe(false);
    expect(argon2.isCurrent(stored)).toBe(false);
  });

  test.each<[name: string, options: Options]>([
    ["more memory", { memoryCost: 65_536 }],
    ["three passes", { timeCost: 3 }],
    ["four lanes", { parallelism: 4 }],
  ])("R121 an imported hash with %s stays as it is", async (_name, options) => {
    const stored = await imported(options);
    expect(await argon2.verify(stored, password)).toBe(true);
    expect(argon2.isCurrent(stored)).toBe(true);
  });

  test.each([
    "",
    "lantern gravel mitten",
    "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "$scrypt$ln=17,r=8,p=1$c2FsdHNhbHQ$aGFzaA",
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ",
    "$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
    "nobody$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
  ])("a row of another scheme is nobody's password: %j", async (stored) => {
    expect(await argon2.verify(stored, password)).toBe(false);
    expect(argon2.isCurrent(stored)).toBe(false);
  });
});

describe("with a pepper", () => {
  test("R122 a dump alone verifies nothing: not even the right password, by whatever the dump holds", async () => {
    const pepper = newPepper();
    const argon2 = new Argon2([pepper]);
    const stored = await argon2.hash(password);
    expect(stored.startsWith(`${nameOf(pepper)}$argon2id$v=19$m=19456,t=2,p=1$`)).toBe(true);
    expect(await argon2.verify(stored, password)).toBe(true);
    expect(await argon2.verify(stored, wrong)).toBe(false);

    const phc = stored.slice(stored.indexOf("$"));
    expect(await verify(phc, password)).toBe(false);
    for (const guess of [nameOf(pepper), stored, "", newPepper().reveal()]) {
      // oxlint-disable-next-line no-await-in-loop -- few, and each is all of a core
      expect(await verify(phc, password, { secret: new TextEncoder().encode(guess) })).toBe(false);
    }
    expect(await new Argon2([]).verify(phc, password)).toBe(false);
  });

  test("R122 the pepper is in no hash, and its key is of this use alone", async () => {
    const pepper = newPepper();
    const stored = await new Argon2([pepper]).hash(password);
    expect(stored).not.toContain(pepper.reveal().slice(4, 16));
    const phc = stored.slice(stored.indexOf("$"));
    expect(await verify(phc, password, { secret: pepper.bytes() })).toBe(false);
  });

  test("R122 of several the first hashes and all verify; what another hashed is not current", async () => {
    const [old, fresh] = [newPepper(), newPepper()];
    const before = await new Argon2([old]).hash(password);
    const both = new Argon2([fresh, old]);
    expect(await both.verify(before, password)).toBe(true);
    expect(await both.verify(before, wrong)).toBe(false);
    expect(both.isCurrent(before)).toBe(false);
    const after = await both.hash(password);
    expect(after.startsWith(`${nameOf(fresh)}$`)).toBe(true);
    expect(both.isCurrent(after)).toBe(true);
    expect(await new Argon2([fresh]).verify(after, password)).toBe(true);
  });

  test("R122 what was hashed without one stays valid, and is not current", async () => {
    const plain = await new Argon2([]).hash(password);
    const argon2 = new Argon2([newPepper()]);
    expect(await argon2.verify(plain, password)).toBe(true);
    expect(await argon2.verify(plain, wrong)).toBe(false);
    expect(argon2.isCurrent(plain)).toBe(false);
  });

  test.each([
    ["right", password],
    ["wrong", wrong],
  ])("R122 a missing pepper is a fault of ours that names it, for a %s password too", async (_name, given) => {
    const pepper = newPepper();
    const stored = await new Argon2([pepper]).hash(password);
    for (const argon2 of [new Argon2([]), new Argon2([newPepper()])]) {
      const verified = argon2.verify(stored, given);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await expect(verified).rejects.toBeInstanceOf(CounterfoilError);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await expect(verified).rejects.toMatchObject({
        code: "unavailable",
        message: `This server lacks the pepper that a password was hashed with (fingerprint ${nameOf(pepper)}): add it to COUNTERFOIL_PASSWORD_PEPPER.`,
      });
      expect(argon2.isCurrent(stored)).toBe(false);
    }
  });
});
