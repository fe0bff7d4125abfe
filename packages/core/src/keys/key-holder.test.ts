import { expect, test } from "vitest";
import { crypto, FakeClock, keyringOf, openLedger } from "../../test/platform.ts";
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
  return { clock, ledger, holder, told, counted };
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
