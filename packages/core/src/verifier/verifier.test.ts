import { expect, test } from "vitest";
import { systemRandom } from "../random.ts";
import { crypto } from "../../test/platform.ts";
import {
  hashCredential,
  newVerifierCredential,
  newVerifierId,
  parseVerifierCredential,
  parseVerifierId,
  parseVerifierName,
} from "./verifier.ts";

test("a credential is accepted as it was made, and its hash does not hold it", () => {
  const credential = newVerifierCredential(crypto, systemRandom);
  expect(credential).toMatch(/^cfv_[\w-]{48}$/);
  expect(parseVerifierCredential(crypto, credential)).toBe(credential);
  expect(hashCredential(crypto, credential)).not.toContain(credential.slice(4, 20));
  expect(hashCredential(crypto, credential)).toBe(hashCredential(crypto, credential));
});

test("R015 of 10,000 credentials none repeats", () => {
  const made = Array.from({ length: 10_000 }, () => newVerifierCredential(crypto, systemRandom));
  expect(new Set(made).size).toBe(made.length);
});

test("whatever was never generated, was mistyped or cut is refused before any look-up", () => {
  const credential = newVerifierCredential(crypto, systemRandom);
  const changed = Array.from({ length: credential.length }, (_, index) => {
    const other = credential[index] === "A" ? "B" : "A";
    return credential.slice(0, index) + other + credential.slice(index + 1);
  });
  const others = [credential.slice(0, -1), `${credential}A`, ` ${credential}`, `${credential}=`, "", "cfv_"];
  const kinds = ["cfk_", "cfs_", "cfr_", "CFV_"].map((prefix) => prefix + credential.slice(4));
  const accepted = [...changed, ...others, ...kinds].filter((text) => parseVerifierCredential(crypto, text) !== null);
  expect(accepted).toEqual([]);
});

test("a name is what a command line and HTTP's Basic scheme take without a quote, and never looks like an id", () => {
  for (const name of ["orders", "Orders-API.v2", "a", "0", "a_b", "x".repeat(64)]) {
    expect(parseVerifierName(name)).toBe(name);
  }
  const id = newVerifierId(systemRandom);
  expect(parseVerifierId(id)).toBe(id);
  for (const name of ["", "-a", ".a", "a b", "a:b", "a\n", "ä", "x".repeat(65), id, "ver_1"]) {
    expect(parseVerifierName(name)).toBeNull();
  }
  for (const text of ["orders", `${id}A`, id.slice(1), ""]) expect(parseVerifierId(text)).toBeNull();
});
