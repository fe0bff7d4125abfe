import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SEED } from "../../test/platform.ts";
import type { Redemption, RotationState } from "./redeem.ts";
import { decideRedemption } from "./redeem.ts";

/** The design's reuse interval, said again here: a rule that changes it has to change this too. */
const R = 30_000;
const NOW = 1_800_000_000_000;

/** The current token is the fifth, was handed out `ago` milliseconds ago, made with the key `k4`. */
function rotated(ago: number, changes: Partial<RotationState> = {}): RotationState {
  return { counter: 5, issuedAt: NOW - ago, seen: false, rotationKey: "k4", ...changes };
}

const nothing = { write: null, ledgerBehind: false };

/** Every distance from the moment of issue that the rule may tell apart, before and after it. */
const NEAR = [0, 1, R / 2, R - 1, R, -1, -R];
const FAR = [R + 1, 2 * R, 365 * 86_400_000, -R - 1, -2 * R];

describe("the table, row by row", () => {
  test.each([...NEAR, ...FAR])(
    "a token above the ledger's heals the ledger, which has lost a commit (issued %d ms ago)",
    (ago) => {
      for (const [presented, key] of [[6, null] as const, [6, "k4"] as const, [900, "k9"] as const]) {
        expect(decideRedemption(rotated(ago), presented, key, NOW)).toEqual({
          outcome: "repeated",
          write: { counter: presented, issuedAt: NOW, seen: true, rotationKey: null },
          ledgerBehind: true,
        });
      }
    },
  );

  test.each([...NEAR, ...FAR])("the sign-in's own token rotates, however soon (issued %d ms ago)", (ago) => {
    const first = rotated(ago, { counter: 0, rotationKey: null });
    expect(decideRedemption(first, 0, "k0", NOW)).toEqual({
      outcome: "rotated",
      write: { counter: 1, issuedAt: NOW, seen: false, rotationKey: "k0" },
      ledgerBehind: false,
    });
  });

  test.each(FAR)("the current token rotates outside R (issued %d ms ago)", (ago) => {
    for (const seen of [true, false]) {
      expect(decideRedemption(rotated(ago, { seen }), 5, "k5", NOW)).toEqual({
        outcome: "rotated",
        write: { counter: 6, issuedAt: NOW, seen: false, rotationKey: "k5" },
        ledgerBehind: false,
      });
    }
  });

  test("a rotation without a key keeps none, so that no key opens its repeat", () => {
    expect(decideRedemption(rotated(R + 1), 5, null, NOW).write?.rotationKey).toBeNull();
  });

  test.each(NEAR)("R061 the current token goes on inside R: at most one rotation per R (issued %d ms ago)", (ago) => {
    expect(decideRedemption(rotated(ago), 5, null, NOW)).toEqual({
      outcome: "repeated",
      write: { counter: 5, issuedAt: NOW - ago, seen: true, rotationKey: "k4" },
      ledgerBehind: false,
    });
    expect(decideRedemption(rotated(ago, { seen: true }), 5, "k5", NOW)).toEqual({ outcome: "repeated", ...nothing });
  });

  test.each([...NEAR, ...FAR])(
    "R065 R066 the predecessor with the key that rotated it gets the unseen successor again (issued %d ms ago)",
    (ago) => {
      expect(decideRedemption(rotated(ago), 4, "k4", NOW)).toEqual({
        outcome: "repeated",
        write: { counter: 5, issuedAt: NOW, seen: false, rotationKey: "k4" },
        ledgerBehind: false,
      });
    },
  );

  test.each(NEAR)("R066 the predecessor gets the successor again inside R, by any key (issued %d ms ago)", (ago) => {
    for (const key of [null, "k4", "another"]) {
      expect(decideRedemption(rotated(ago, { seen: true }), 4, key, NOW)).toEqual({ outcome: "repeated", ...nothing });
    }
    expect(decideRedemption(rotated(ago), 4, null, NOW)).toEqual({ outcome: "repeated", ...nothing });
    expect(decideRedemption(rotated(ago), 4, "another", NOW)).toEqual({ outcome: "repeated", ...nothing });
  });

  test.each(FAR)("R061 R066 anything else one step behind is reuse (issued %d ms ago)", (ago) => {
    const reused = { outcome: "reused", ...nothing };
    expect(decideRedemption(rotated(ago, { seen: true }), 4, "k4", NOW)).toEqual(reused);
    expect(decideRedemption(rotated(ago), 4, "another", NOW)).toEqual(reused);
    expect(decideRedemption(rotated(ago), 4, null, NOW)).toEqual(reused);
    expect(decideRedemption(rotated(ago, { rotationKey: null }), 4, null, NOW)).toEqual(reused);
    expect(decideRedemption(rotated(ago, { rotationKey: null }), 4, "k4", NOW)).toEqual(reused);
  });

  test.each([...NEAR, ...FAR])(
    "R061 two steps behind is reuse, inside R and with any key (issued %d ms ago)",
    (ago) => {
      for (const presented of [3, 2, 0]) {
        for (const key of [null, "k4", "k3"]) {
          expect(decideRedemption(rotated(ago), presented, key, NOW)).toEqual({ outcome: "reused", ...nothing });
        }
      }
    },
  );
});

/** The table of the design as data, in its order: the first row that fits decides. */
interface Case {
  readonly ahead: number;
  readonly first: boolean;
  readonly near: boolean;
  readonly seen: boolean;
  readonly rightKey: boolean;
}
type Effect = "heal" | "rotate" | "mark_seen" | "keep_alive" | "none";
const TABLE: readonly (readonly [(each: Case) => boolean, Redemption["outcome"], Effect])[] = [
  [({ ahead }) => ahead > 0, "repeated", "heal"],
  [({ ahead, first, near }) => ahead === 0 && (first || !near), "rotated", "rotate"],
  [({ ahead }) => ahead === 0, "repeated", "mark_seen"],
  [({ ahead, seen, rightKey }) => ahead === -1 && !seen && rightKey, "repeated", "keep_alive"],
  [({ ahead, near }) => ahead === -1 && near, "repeated", "none"],
  [() => true, "reused", "none"],
];

const key = fc.constantFrom(null, "a", "b");
const age = fc.oneof(
  fc.constantFrom(...NEAR, ...FAR),
  fc.integer({ min: -3 * R, max: 3 * R }),
  fc.integer({ min: -(10 ** 12), max: 10 ** 12 }),
);
const anyState = fc.record({
  counter: fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 0xffff_fffe })),
  issuedAt: age.map((ago) => NOW - ago),
  seen: fc.boolean(),
  rotationKey: key,
});

test("R061 R066 every state and presentation is decided as the design's table says", () => {
  fc.assert(
    fc.property(anyState, fc.integer({ min: -4, max: 3 }), key, (state, ahead, sent) => {
      fc.pre(state.counter + ahead >= 0);
      const presented = state.counter + ahead;
      const is: Case = {
        ahead,
        first: state.counter === 0,
        near: NOW - state.issuedAt <= R && state.issuedAt - NOW <= R,
        seen: state.seen,
        rightKey: sent !== null && sent === state.rotationKey,
      };
      const [, outcome, effect] = TABLE.find(([fits]) => fits(is))!;
      const after: Record<Effect, RotationState> = {
        heal: { counter: presented, issuedAt: NOW, seen: true, rotationKey: null },
        rotate: { counter: presented + 1, issuedAt: NOW, seen: false, rotationKey: sent },
        mark_seen: { ...state, seen: true },
        keep_alive: { ...state, issuedAt: NOW },
        none: state,
      };
      const decided = decideRedemption(state, presented, sent, NOW);
      expect(decided.outcome).toBe(outcome);
      expect(decided.write ?? state).toEqual(after[effect]);
      expect(decided.ledgerBehind).toBe(effect === "heal");
    }),
    { seed: SEED, numRuns: 8000 },
  );
});

interface Presentation {
  readonly wait: number;
  readonly behind: number;
  readonly key: string | null;
}
const walk = fc.array(
  fc.record({
    wait: fc.oneof(fc.constantFrom(0, 1, R / 2, R - 1, R, R + 1), fc.nat(3 * R)),
    // Mostly what an honest client or a near thief has; what is further behind ends the walk.
    behind: fc.oneof({ weight: 6, arbitrary: fc.nat(1) }, { weight: 1, arbitrary: fc.integer({ min: -2, max: 3 }) }),
    key: fc.constantFrom(null, "own", "other"),
  }),
  { minLength: 1, maxLength: 60 },
);

interface Step {
  readonly at: number;
  readonly before: RotationState;
  readonly presented: number;
  readonly decided: Redemption;
  readonly after: RotationState;
}

/** A session from its sign-in to its end, or to the end of the walk. The key `own` is each token's own. */
function follow(presentations: readonly Presentation[], step: (index: number) => number = () => 0): Step[] {
  const steps: Step[] = [];
  let at = NOW;
  let state: RotationState = { counter: 0, issuedAt: NOW, seen: false, rotationKey: null };
  for (const [index, { wait, behind, key: kind }] of presentations.entries()) {
    at += wait + step(index);
    const presented = Math.max(0, state.counter - behind);
    const decided = decideRedemption(state, presented, kind === "own" ? `own ${presented}` : kind, at);
    const after = decided.write ?? state;
    steps.push({ at, before: state, presented, decided, after });
    if (decided.outcome === "reused") break;
    state = after;
  }
  return steps;
}

const clockSteps = fc.array(fc.integer({ min: -4 * R, max: 4 * R }), { maxLength: 60 });

describe("random walks", () => {
  test("R062 R066 there are never two live successors, whatever the clock does", () => {
    fc.assert(
      fc.property(walk, clockSteps, (presentations, steps) => {
        const madeFrom = new Map<number, number>();
        for (const { before, presented, decided, after } of follow(presentations, (index) => steps[index] ?? 0)) {
          const isRotation = decided.outcome === "rotated";
          expect(after.counter).toBe(isRotation ? before.counter + 1 : Math.max(before.counter, presented));
          if (!isRotation) continue;
          // One successor a token, and only of the token that is current: a line, no tree.
          expect([presented, madeFrom.has(presented)]).toEqual([before.counter, false]);
          madeFrom.set(presented, after.counter);
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  test("R062 whoever is answered at one moment is answered with the same token", () => {
    fc.assert(
      fc.property(walk, fc.constantFrom(null, "own", "other"), (presentations, kind) => {
        const { after, at } = follow(presentations).findLast(({ decided }) => decided.outcome !== "reused") ?? {
          after: null,
          at: 0,
        };
        if (after === null) return;
        const present = (presented: number, state: RotationState) =>
          decideRedemption(state, presented, kind === "own" ? `own ${presented}` : kind, at);
        const first = present(after.counter, after);
        const state = first.write ?? after;
        for (let presented = Math.max(0, state.counter - 3); presented <= state.counter; presented++) {
          const again = present(presented, state);
          if (again.outcome === "reused") continue;
          expect(again.outcome).toBe("repeated");
          expect((again.write ?? state).counter).toBe(state.counter);
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  test("R061 no two rotations lie within R of each other, but the sign-in's token and its successor", () => {
    fc.assert(
      fc.property(walk, (presentations) => {
        const rotations = follow(presentations).filter(({ decided }) => decided.outcome === "rotated");
        for (const [index, { at, before }] of rotations.entries()) {
          const earlier = rotations[index - 1];
          if (earlier === undefined) continue;
          expect(before.counter).toBeGreaterThan(0);
          expect(at - earlier.at).toBeGreaterThan(R);
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  test("R065 repeats with the token's key go on until the successor is seen, each putting its rotation off", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100 * R), { minLength: 1, maxLength: 20 }), (waits) => {
        let state = decideRedemption(rotated(R + 1), 5, "k5", NOW).write!;
        let now = NOW;
        for (const wait of waits) {
          now += wait;
          const { outcome, write } = decideRedemption(state, 5, "k5", now);
          expect(outcome).toBe("repeated");
          state = write!;
          // The successor that was handed out again just now must not rotate under a second retry.
          expect(decideRedemption(state, 6, "k6", now + R).outcome).toBe("repeated");
        }
        const seen = decideRedemption(state, 6, "k6", now).write!;
        expect(seen.seen).toBe(true);
        expect(decideRedemption(seen, 5, "k5", now + R).outcome).toBe("repeated");
        expect(decideRedemption(seen, 5, "k5", now + R + 1).outcome).toBe("reused");
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  // By the ledger's clock it is R before the issue and R after it. In passing time the worst step is one back by 2 R at
  // the very end: R has passed, and 2 R are to come.
  test("R066 a step of the clock keeps R open on the far side of the issue at most, and not for ever", () => {
    fc.assert(
      fc.property(fc.integer({ min: -10 * R, max: 10 * R }), fc.nat(R), (step, after) => {
        const stepAt = after - (after % 500);
        let open = 0;
        for (let elapsed = 0; elapsed <= 15 * R; elapsed += 500) {
          const now = NOW + elapsed + (elapsed >= stepAt ? step : 0);
          if (decideRedemption(rotated(0, { seen: true }), 4, null, now).outcome === "repeated") open += 500;
        }
        // A sample more for each interval: both ends belong to it.
        expect(open).toBeLessThanOrEqual((step < 0 ? 3 : 1) * R + 1000);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
