import { expect, test } from "vitest";
import { crypto, seededRandom } from "../../test/platform.ts";
import { hashPasswordCode, newPasswordCode, parsePasswordCode } from "./code.ts";

test("R118 a code is 16 random bytes under its prefix, and is read as it was made and in no other spelling", () => {
  const random = seededRandom("codes");
  const codes = Array.from({ length: 100 }, () => newPasswordCode(random));
  expect(new Set(codes).size).toBe(100);
  for (const code of codes) {
    expect(code).toMatch(/^cfp_[\w-]{22}$/);
    expect(parsePasswordCode(code)).toBe(code);
  }
  const code = codes[0]!;
  const next = code.slice(0, -1) + String.fromCharCode(code.charCodeAt(code.length - 1) + 1);
  for (const other of ["", "cfp_", code.slice(4), `${code}A`, code.slice(0, -1), ` ${code}`, `${code}=`, next]) {
    expect([other, parsePasswordCode(other)]).toEqual([other, null]);
  }
});

test("R118 what the ledger keeps of a code is its SHA-256, in which nothing of the code is", () => {
  const code = newPasswordCode(seededRandom("one"));
  const hash = hashPasswordCode(crypto, code);
  expect(hash).toMatch(/^[\w-]{43}$/);
  expect(hash).not.toContain(code.slice(4, 12));
  expect(hashPasswordCode(crypto, code)).toBe(hash);
});
