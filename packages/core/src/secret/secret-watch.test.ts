import { expect, test } from "vitest";
import { crypto, FakeClock, openLedger, over, secretOf, secretsOf } from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import { fingerprint } from "./keyring.ts";

async function world() {
  const clock = new FakeClock();
  const real = await openLedger(clock);
  const counted = { asked: 0 };
  const ledger = over(real, {
    adoptSecrets: (input) => {
      counted.asked++;
      return real.adoptSecrets(input);
    },
  });
  return { clock, real, ledger, counted };
}

test("names the secret that another server seals with and this one lacks, and nothing before", async () => {
  const { clock, ledger } = await world();
  const mine = secretsOf(ledger, clock, "one");
  expect(await mine.check()).toEqual({ versions: [1], missing: [], discarded: [] });
  await secretsOf(ledger, clock, "one", "two").check();
  expect((await mine.check()).missing).toEqual([]);
  await secretsOf(ledger, clock, "two", "one").check();
  expect((await mine.check()).missing).toMatchObject([{ version: 2 }]);
});

test("a handle of a secret that others have is a fault of ours; of a number that nobody has, nothing", async () => {
  const { clock, ledger } = await world();
  const mine = secretsOf(ledger, clock, "one");
  await mine.check();
  await secretsOf(ledger, clock, "two", "one").check();
  clock.pass(1_000);
  await expect(mine.requireUnknown(2)).rejects.toThrow(StoreError);
  await expect(mine.requireUnknown(2)).rejects.toThrow(/fingerprint [\w-]{16}\)/);
  await expect(mine.requireUnknown(200)).resolves.toBeUndefined();
});

test("a flood of invented numbers asks the ledger once a second", async () => {
  const { clock, ledger, counted } = await world();
  const mine = secretsOf(ledger, clock, "one");
  await mine.check();
  for (let version = 2; version < 200; version++) await mine.requireUnknown(version);
  // Beside the look that was due anyway, which may be older than a secret.
  expect(counted.asked).toBe(2);
  clock.pass(1_000);
  for (let version = 2; version < 200; version++) await mine.requireUnknown(version);
  expect(counted.asked).toBe(3);
});

test("of two checks at once the one that was asked for last has the last word, whichever the ledger answers first", async () => {
  const { clock, real } = await world();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = 0;
  const slow = over(real, {
    adoptSecrets: async (input) => {
      const adopted = await real.adoptSecrets(input);
      if (++asked === 1) await held;
      return adopted;
    },
  });
  const mine = secretsOf(slow, clock, "one");
  const early = mine.check();
  const late = mine.check(["print of two" as never]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  release();
  await Promise.all([early, late]);
  expect((await mine.check()).versions).toEqual([2]);
});

test("secrets of which the ledger knows none are another ledger's, while somebody seals with one that it knows", async () => {
  const { clock, ledger, counted } = await world();
  const mine = secretsOf(ledger, clock, "one");
  const [one, two] = [fingerprint(crypto, secretOf("one")), fingerprint(crypto, secretOf("two"))];
  expect(await mine.areForeign([one])).toBe(false);
  await mine.check();
  const { asked } = counted;
  expect(await mine.areForeign([two])).toBe(true);
  expect(await mine.areForeign([two, one])).toBe(false);
  expect(await mine.areForeign([one])).toBe(false);
  expect(counted.asked).toBe(asked);
  // Nothing that the old one sealed is alive any more.
  clock.pass(31 * 24 * 3_600_000);
  expect(await mine.areForeign([two])).toBe(false);
});
