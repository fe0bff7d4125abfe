import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packSid, SidTable } from "./sid-table.ts";
import type { PackedSid } from "./sid-table.ts";

// Few values and many collisions: the low bits of the first word choose the slot.
const word = fc.constantFrom(0, 1, 2, 63, 64, 0x4000_0000, 0xffff_ffff);
const sid = fc.tuple(word, word, word, word).filter((words) => words.some((one) => one !== 0));

const nth = (index: number): PackedSid => [index % 97, index, 0, 1];

describe("the table of sids", () => {
  test("agrees with a Set, whatever is added", () => {
    fc.assert(
      fc.property(fc.array(sid, { maxLength: 300 }), fc.array(sid, { maxLength: 50 }), (added, asked) => {
        const table = new SidTable();
        const set = new Set<string>();
        for (const one of added) {
          table.add(one);
          set.add(one.join());
        }
        expect(table.size).toBe(set.size);
        for (const one of [...added, ...asked]) expect(table.has(one)).toBe(set.has(one.join()));
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  test("finds what it held before each growth", () => {
    const table = new SidTable();
    for (let index = 0; index < 5000; index++) table.add(nth(index));
    expect(table.size).toBe(5000);
    for (let index = 0; index < 5000; index++) expect(table.has(nth(index))).toBe(true);
    expect(table.has(nth(5000))).toBe(false);
  });

  test("packs our sids alone", () => {
    expect(packSid("ses_AAAAAQAAAAIAAAADAAAABA")).toEqual([1, 2, 3, 4]);
    expect(packSid(`ses_${"_".repeat(21)}w`)).toEqual([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1]);
    const others = ["", "ses_", "AAAAAQAAAAIAAAADAAAABA", "sis_AAAAAQAAAAIAAAADAAAABA", "ses_AAAAAQAAAAIAAAADAAAABB"];
    for (const other of [...others, `ses_${"A".repeat(22)}`, `ses_${"é".repeat(22)}`])
      expect(packSid(other)).toBeNull();
  });
});
