import { beforeEach, describe, expect, test } from "vitest";
import { FakeClock } from "../../test/platform.ts";
import { ForgeryWatch, WATCHED_ADDRESSES } from "./forgery-watch.ts";
import { LIMITS } from "./limit.ts";

const HERE = "192.0.2.1";
const MISTAKE = { retryAfterSeconds: null, suspected: null };

let clock: FakeClock;
let watch: ForgeryWatch;

beforeEach(() => {
  clock = new FakeClock();
  watch = new ForgeryWatch(clock);
});

function note(times: number, address: string | null = HERE) {
  return Array.from({ length: times }, () => watch.note(address));
}

describe("forged credentials", () => {
  test("R033 of one address are mistakes up to a hundred; the next waits a second, and is told", () => {
    expect(note(LIMITS.handle.burst)).toEqual(Array.from({ length: 100 }, () => MISTAKE));
    expect(note(1)).toEqual([{ retryAfterSeconds: 1, suspected: 101 }]);
    expect(note(1)).toEqual([{ retryAfterSeconds: 1, suspected: null }]);
    expect(note(1, "192.0.2.2")).toEqual([MISTAKE]);
  });

  test("R033 one comes back each second, and as many as there were after as many seconds", () => {
    note(150);
    clock.pass(999);
    expect(note(1)[0]).toMatchObject({ retryAfterSeconds: 1 });
    clock.pass(1);
    expect(note(2).map(({ retryAfterSeconds }) => retryAfterSeconds)).toEqual([null, 1]);
    clock.pass(100_000);
    expect(note(101).filter(({ retryAfterSeconds }) => retryAfterSeconds === null)).toHaveLength(100);
  });

  test("R033 are told once a minute for as long as they come, with how many came since", () => {
    const told: number[] = [];
    for (let second = 0; second < 180; second++) {
      for (const { suspected } of note(10)) if (suspected !== null) told.push(suspected);
      clock.pass(1000);
    }
    // At ten a second the hundred are used up in the twelfth second; one a second comes back.
    expect(told).toHaveLength(3);
    expect(told[0]).toBeLessThan(130);
    expect(told.slice(1)).toEqual([600, 600]);
  });

  test("R033 of those that have no address are counted together, and none of them has to wait", () => {
    const seen = note(1000, null);
    expect(seen.every(({ retryAfterSeconds }) => retryAfterSeconds === null)).toBe(true);
    expect(seen.map(({ suspected }) => suspected).filter((count) => count !== null)).toEqual([101]);
    expect(note(1)).toEqual([MISTAKE]);
  });

  test("R033 of ever new addresses fill no memory: whoever was quiet for longest is forgotten, and no other", () => {
    note(200, "first");
    note(200, "busy");
    for (let index = 0; index < WATCHED_ADDRESSES + 500; index++) {
      watch.note(`2001:db8:${index.toString(16)}:0::/64`);
      if (index % 1000 === 0) watch.note("busy");
    }
    expect(watch.size).toBe(WATCHED_ADDRESSES);
    expect(note(1, "busy")[0]).toMatchObject({ retryAfterSeconds: 1 });
    expect(note(1, "first")).toEqual([MISTAKE]);
    expect(watch.size).toBe(WATCHED_ADDRESSES);
  });

  test("R033 from very many addresses do not fill the log with warnings", () => {
    let told = 0;
    for (let index = 0; index < 1000; index++) {
      told += note(101, `10.0.${index >> 8}.${index & 255}`).filter(({ suspected }) => suspected !== null).length;
    }
    expect(told).toBe(60);
    clock.pass(1000);
    // The one that was not told then is told now, with all that came.
    expect(note(2, "10.0.3.231").map(({ suspected }) => suspected)).toEqual([null, 103]);
  });

  test("a clock that is set does not matter: what passes is measured with the one that never steps", () => {
    note(101);
    clock.step(-86_400_000);
    expect(note(1)[0]).toMatchObject({ retryAfterSeconds: 1 });
    clock.step(2 * 86_400_000);
    expect(note(1)[0]).toMatchObject({ retryAfterSeconds: 1 });
  });
});
