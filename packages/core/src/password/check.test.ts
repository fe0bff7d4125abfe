import { describe, expect, test } from "vitest";
import { addUser, CountingHash, FakeClock, gate, openLedger, settle } from "../../test/platform.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { PasswordChecker } from "./check.ts";
import type { Password } from "./password.ts";
import { parsePassword } from "./password.ts";
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

  test("a decoy that could not be made is made again, and fails nobody who needs none", async () => {
    const { ledger, hash } = await prepare();
    let broken = true;
    const flaky = {
      hash: (password: Password) => (broken ? Promise.reject(new Error("no memory")) : hash.hash(password)),
      verify: (phc: string, password: Password) => hash.verify(phc, password),
    };
    const checker = new PasswordChecker(ledger, flaky, new Turns(2));
    expect(await checker.checkByName("kavya", given("password123"))).toMatchObject({ outcome: "right" });
    await expect(checker.checkByName("nobody", given("x"))).rejects.toThrow("no memory");
    broken = false;
    expect(await checker.checkByName("nobody", given("x"))).toMatchObject({ reason: "unknown_user" });
  });
});
