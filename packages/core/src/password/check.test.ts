import { describe, expect, test } from "vitest";
import { addUser, CountingHash, FakeClock, gate, openLedger, over, setPassword, settle } from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { PasswordChecker } from "./check.ts";
import type { Password } from "./password.ts";
import { parsePassword } from "./password.ts";
import { canonicalUsername } from "../user/user.ts";
import { Turns } from "./turns.ts";

const given = (text: string) => parsePassword(text)!;

async function prepare(turns = new Turns(2)) {
  const ledger: Ledger = await openLedger(new FakeClock());
  const hash = new CountingHash();
  await addUser(ledger, "kavya", "password123");
  const { subject } = await addUser(ledger, "arjun", "userpass");
  await addUser(ledger, "invited", null);
  await ledger.setDisabled({ subject, disabled: true, context: null });
  return { ledger, hash, checker: new PasswordChecker(ledger, hash, turns) };
}

describe("a password that is checked", () => {
  test("is right for its user, by any spelling of the name", async () => {
    const { checker } = await prepare();
    for (const name of ["kavya", "KAVYA", "\uff4b\uff41\uff56\uff59\uff41"]) {
      expect(await checker.checkByName(name, given("password123"))).toMatchObject({
        outcome: "right",
        user: { username: "kavya" },
      });
    }
  });

  test.each([
    ["of an unknown user", "nobody", "password123", "unknown_user"],
    ["that is wrong", "kavya", "password124", "wrong_password"],
    ["of another case", "kavya", "Password123", "wrong_password"],
    ["of a user that has none", "invited", "", "no_password"],
    ["that is the decoy, of a user that has none", "invited", "not anybody's password", "no_password"],
    ["that is the decoy, of an unknown user", "nobody", "not anybody's password", "unknown_user"],
    ["that is right, of a disabled user", "arjun", "userpass", "user_disabled"],
    ["that is wrong, of a disabled user", "arjun", "userpass2", "wrong_password"],
  ])("%s costs one verification and is refused: %s", async (_name, username, password, reason) => {
    const { hash, checker } = await prepare();
    await checker.checkByName("warm-up", given("x"));
    const before = { verifies: hash.verifies, hashes: hash.hashes };
    expect(await checker.checkByName(username, given(password))).toMatchObject({ outcome: "wrong", reason });
    expect(hash.verifies - before.verifies).toBe(1);
    expect(hash.hashes).toBe(before.hashes);
  });

  test("the decoy is made once, however many ask at the start", async () => {
    const { hash, checker } = await prepare(new Turns(1));
    await Promise.all(Array.from({ length: 20 }, (_, index) => checker.checkByName(`nobody${index}`, given("x"))));
    expect(hash.hashes).toBe(1);
    expect(hash.verifies).toBe(20);
  });

  test("R011 waits for its turn to hash, and is never sent away", async () => {
    const { hash, checker } = await prepare(new Turns(2));
    const { opened, open } = gate();
    hash.work = () => opened;
    const all = Array.from({ length: 200 }, () => checker.checkByName("kavya", given("password123")));
    await settle();
    open();
    expect(new Set((await Promise.all(all)).map(({ outcome }) => outcome))).toEqual(new Set(["right"]));
    expect(hash.mostAtOnce).toBe(2);
  });

  describe("in a weak hash", () => {
    /** Knows two schemes, and makes the second. */
    const upgrading = {
      hash: (password: Password) => Promise.resolve(`strong:${password}`),
      verify: (phc: string, password: Password) =>
        Promise.resolve([`phc:${password}`, `strong:${password}`].includes(phc)),
      isCurrent: (phc: string) => phc.startsWith("strong:"),
    };

    async function prepareWeak(rehashPassword?: (real: Ledger) => Partial<Ledger>) {
      const { ledger } = await prepare();
      const used = rehashPassword === undefined ? ledger : over(ledger, rehashPassword(ledger));
      const { subject } = (await ledger.findUser(canonicalUsername("kavya")))!.user;
      const stored = async () => (await ledger.readUser(subject))?.passwordHash;
      return { ledger, subject, stored, checker: new PasswordChecker(used, upgrading, new Turns(2)) };
    }

    test("R121 is hashed anew when it was right, and then no more", async () => {
      let writes = 0;
      const { stored, checker } = await prepareWeak((real) => ({
        rehashPassword: (input) => {
          writes++;
          return real.rehashPassword(input);
        },
      }));
      expect(await checker.checkByName("kavya", given("password124"))).toMatchObject({ reason: "wrong_password" });
      expect(await stored()).toBe("phc:password123");
      for (let round = 0; round < 3; round++) {
        // oxlint-disable-next-line no-await-in-loop -- one sign-in after the other
        expect(await checker.checkByName("kavya", given("password123"))).toMatchObject({ outcome: "right" });
      }
      expect([await stored(), writes]).toEqual(["strong:password123", 1]);
    });

    test("is left as it is for a disabled user, and where there is none", async () => {
      const { ledger, checker } = await prepareWeak();
      expect(await checker.checkByName("arjun", given("userpass"))).toMatchObject({ reason: "user_disabled" });
      expect((await ledger.findUser(canonicalUsername("arjun")))?.passwordHash).toBe("phc:userpass");
      expect(await checker.checkByName("invited", given("x"))).toMatchObject({ reason: "no_password" });
    });

    test("is right for its user also where the ledger cannot write another", async () => {
      const broken = () => Promise.reject(new StoreError("The disk is full."));
      const { stored, checker } = await prepareWeak(() => ({ rehashPassword: broken }));
      expect(await checker.checkByName("kavya", given("password123"))).toMatchObject({ outcome: "right" });
      expect(await stored()).toBe("phc:password123");
    });

    test("gives way to a password that was set while it was hashed", async () => {
      const { subject, stored, checker } = await prepareWeak((real) => ({
        rehashPassword: async (input) => {
          await setPassword(real, input.subject, "strong:new");
          return real.rehashPassword(input);
        },
      }));
      // The version that was read says to whoever opens the session that something was decided meanwhile.
      expect(await checker.checkByName("kavya", given("password123"))).toMatchObject({
        outcome: "right",
        user: { subject, claimsVersion: 1 },
      });
      expect(await stored()).toBe("strong:new");
    });
  });

  test("a decoy that could not be made is made again, and fails nobody who needs none", async () => {
    const { ledger, hash } = await prepare();
    let broken = true;
    const flaky = {
      hash: (password: Password) => (broken ? Promise.reject(new Error("no memory")) : hash.hash(password)),
      verify: (phc: string, password: Password) => hash.verify(phc, password),
      isCurrent: () => true,
    };
    const checker = new PasswordChecker(ledger, flaky, new Turns(2));
    expect(await checker.checkByName("kavya", given("password123"))).toMatchObject({ outcome: "right" });
    await expect(checker.checkByName("nobody", given("x"))).rejects.toThrow("no memory");
    broken = false;
    expect(await checker.checkByName("nobody", given("x"))).toMatchObject({ reason: "unknown_user" });
  });
});
