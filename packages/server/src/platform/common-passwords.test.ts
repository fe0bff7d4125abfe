import { readFileSync, statSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { checkNewPassword, CounterfoilError } from "@counterfoil/core";
import type { PasswordPolicy } from "@counterfoil/core";
import { afterEach, expect, test, vi } from "vitest";
import { packageFile } from "../package-file.ts";
import { isCommonPassword } from "./common-passwords.ts";

const FILE = packageFile("data/common-passwords.txt.br");
const LIST = brotliDecompressSync(readFileSync(FILE)).toString("utf8").split("\n");

const policyOf = (minLength: number, isCommon = isCommonPassword): PasswordPolicy => ({
  minLength,
  productNames: ["counterfoil"],
  isCommon,
});
const fitting = (minLength: number) => LIST.filter((password) => Array.from(password).length >= minLength);

afterEach(() => {
  vi.doUnmock("../package-file.ts");
  vi.resetModules();
});

test.each([8, 9, 10, 11, 12, 13, 14, 15])(
  "R107 at least 10,000 common passwords that have the %i characters of the rule are refused, with the reason",
  (minLength) => {
    // As a set, for speed: that the text is searched as a set is the next test's.
    const set = new Set(LIST);
    const policy = policyOf(minLength, (password) => set.has(password.toLowerCase()));
    const refused = new Map<string, number>();
    for (const password of fitting(minLength)) {
      const checked = checkNewPassword(policy, password, "kavya");
      const sentence = checked.outcome === "refused" ? checked.sentence : "accepted";
      refused.set(sentence, (refused.get(sentence) ?? 0) + 1);
    }
    expect(refused.get("accepted")).toBeUndefined();
    expect([...refused.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(10_000);
    // Nearly all for being common; some have a pattern, which is told first.
    const common = [...refused].find(([sentence]) => sentence.startsWith("That password is among the most common"));
    expect(common?.[1]).toBeGreaterThanOrEqual(9_000);
  },
);

test("R107 the whole password is compared, in whatever case and width, and no part of it", () => {
  const every = LIST.filter((_, index) => index % 100 === 0);
  expect(every.filter((password) => !isCommonPassword(password))).toEqual([]);
  expect(every.filter((password) => !isCommonPassword(password.toUpperCase().toLowerCase()))).toEqual([]);
  expect(isCommonPassword("PassWordPassword")).toBe(true);
  expect(isCommonPassword("ｐａｓｓｗｏｒｄ")).toBe(true);
  expect([LIST[0]!, LIST.at(-1)!].every(isCommonPassword)).toBe(true);
  for (const part of ["", "passwordpasswor", "asswordpassword", `${LIST[7]}\n${LIST[8]}`, "\n"]) {
    expect(isCommonPassword(part)).toBe(false);
  }
});

test("R107 passphrases are not common", () => {
  for (const phrase of [
    "lantern gravel mitten",
    "correct otter battery fjord",
    "der Kranich fliegt nach Süden",
    "la plume est sur la table",
    "ночью все кошки серы, кроме моей",
    "v7#Qp-2mZ!x9Lw@4",
  ]) {
    expect(checkNewPassword(policyOf(15), phrase, "kavya")).toMatchObject({ outcome: "accepted" });
  }
});

test.each(["password12345678", "PasswordPassword1", "monkey!1234567890", "sunshine-31.12.1999", "2026!Football2026"])(
  "a common password that is stretched to the length is refused: %s",
  (password) => {
    expect(checkNewPassword(policyOf(15), password, "kavya")).toMatchObject({ outcome: "refused" });
  },
);

test("the file is what others download: no more than 150 kB, in order, and nothing twice", () => {
  expect(statSync(FILE).size).toBeLessThanOrEqual(150_000);
  expect(LIST).toEqual([...new Set(LIST)].toSorted());
  expect(LIST.filter((line) => line !== line.normalize("NFKC").toLowerCase())).toEqual([]);
});

test("a list that cannot be read is a fault of ours, and lets no password through", async () => {
  vi.resetModules();
  vi.doMock("../package-file.ts", () => ({ packageFile: () => "/nowhere/list.br" }));
  const without = await import("./common-passwords.ts");
  let fault: unknown = null;
  try {
    checkNewPassword(policyOf(15, without.isCommonPassword), "lantern gravel mitten", null);
  } catch (error) {
    fault = error;
  }
  // Of a fresh copy of the module, so its class is another.
  expect(fault).toMatchObject({ name: CounterfoilError.name, code: "unavailable" });
  expect(fault).toMatchObject({ message: expect.stringContaining("install it again") });
});
