import { expect, test } from "vitest";
import { crypto, FakeClock, keyringOf, openLedger } from "../../test/platform.ts";
import { ConfigurationError, StoreError } from "../errors.ts";
import { SigningKeyHolder } from "./key-holder.ts";
import { loadSigningKeys } from "./signing-keys.ts";

async function world() {
  const clock = new FakeClock();
  const ledger = await openLedger(clock);
  const load = () =>
    loadSigningKeys({ ledger, crypto, keyring: keyringOf("one"), algorithm: "Ed25519", hs256Secret: null });
  const told: string[][] = [];
  const counted = { loads: 0 };
  const holder = new SigningKeyHolder(
    () => {
      counted.loads++;
      return load();
    },
    clock,
    ({ all }) => told.push(all.map(({ kid }) => kid)),
  );
  return { clock, ledger, load, holder, told, counted };
}

test("before the keys are loaded there are none, and that is a bug of whoever asks", async () => {
  const { holder } = await world();
  expect(() => holder.current).toThrow(TypeError);
  expect(() => holder.jwkSet).toThrow(TypeError);
});

test("after a key was revoked elsewhere, a reload signs with another and tells of the keys that are left", async () => {
  const { holder, ledger, told } = await world();
  await holder.reload();
  const before = holder.current.kid;
  await ledger.endSigningKey({ kid: before, to: "revoked" });
  await holder.reload();
  expect(holder.current.kid).not.toBe(before);
  expect(told).toEqual([[before], [holder.current.kid]]);
});

test("a reload that is asked for after a change does not make do with one that began before it", async () => {
  const { clock, ledger, load } = await world();
  let held = Promise.resolve();
  const holder = new SigningKeyHolder(
    async () => {
      const keys = await load();
      await held;
      return keys;
    },
    clock,
    () => undefined,
  );
  await holder.reload();
  const before = holder.current.kid;
  let release: () => void = () => undefined;
  held = new Promise((resolve) => {
    release = resolve;
  });
  const early = holder.reload();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await ledger.endSigningKey({ kid: before, to: "revoked" });
  const late = holder.reload();
  release();
  await early;
  expect(holder.current.kid).toBe(before);
  await late;
  expect(holder.current.kid).not.toBe(before);
});

test("all who ask while one reads share the next", async () => {
  const { holder, counted } = await world();
  await Promise.all(Array.from({ length: 10 }, () => holder.reload()));
  expect(counted.loads).toBe(2);
});

test("where the key that signs cannot be opened any more nothing is signed, until it can be", async () => {
  const clock = new FakeClock();
  const ledger = await openLedger(clock);
  let keyring = keyringOf("one", "two");
  const load = () => loadSigningKeys({ ledger, crypto, keyring, algorithm: "Ed25519", hs256Secret: null });
  const holder = new SigningKeyHolder(load, clock, () => undefined);
  await holder.reload();
  const { kid } = holder.current;
  const [key] = await ledger.listSigningKeys();
  // Another server has put it under a secret that this one has not.
  await ledger.resealSigningKey({ kid, from: 1, secretVersion: 2, sealedKey: key!.sealedKey });
  const both = keyring;
  keyring = keyringOf("one");
  await expect(holder.reload()).rejects.toThrow(ConfigurationError);
  expect(() => holder.current).toThrow(StoreError);
  expect(holder.jwkSet.keys).toHaveLength(1);
  keyring = both;
  await ledger.resealSigningKey({ kid, from: 2, secretVersion: 1, sealedKey: key!.sealedKey });
  await holder.reload();
  expect(holder.current.kid).toBe(kid);
});

test("R041 any number of tokens under unknown keys cost one look in five seconds", async () => {
  const { holder, clock, counted } = await world();
  const looks = await Promise.all(Array.from({ length: 1000 }, () => holder.reloadForUnknown()));
  expect(looks.filter(Boolean)).toHaveLength(1);
  expect(counted.loads).toBe(1);
  clock.pass(4_999);
  expect(await holder.reloadForUnknown()).toBe(false);
  clock.pass(1);
  expect(await holder.reloadForUnknown()).toBe(true);
});
