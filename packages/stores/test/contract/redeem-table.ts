import { REUSE_INTERVAL_MS } from "@counterfoil/core";
import type { Ledger, Sid } from "@counterfoil/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createUser, LIFETIME_SECONDS, open, redeem } from "../make.ts";
import { newToken, present } from "../redeem-model.ts";
import type { MakeStore, TestClock } from "../store.ts";

/** One presentation: how long after the last, which generation counted from the current one, and under which key. */
interface Presentation {
  readonly wait: number;
  readonly offset: number;
  readonly key: string | null;
}

const R = REUSE_INTERVAL_MS;
const WAITS = [0, R, R + 1];
const OFFSETS = [0, -1, -2, 1];
const KEYS = [null, "k1", "k2"];
const PRESENTATIONS: readonly Presentation[] = WAITS.flatMap((wait) =>
  OFFSETS.flatMap((offset) => KEYS.map((key) => ({ wait, offset, key }))),
);
const SEED = 20_261_123;

/** The rule that the ledger is held to is written a second time, from the design's table: see `redeem-model.ts`. */
export function redeemTableContract(make: MakeStore, depth: number): void {
  it(`R061 R066 every sequence of ${depth} presentations is answered as the table says`, async () => {
    await using store = await make();
    const follow = await follower(store.ledger, store.clock);
    let followed = 0;
    for (const sequence of sequences(depth)) {
      // oxlint-disable-next-line no-await-in-loop -- they share the clock
      const { answers, table } = await follow(sequence);
      expect(answers).toEqual(table);
      followed += 1;
    }
    expect(followed).toBe(PRESENTATIONS.length ** depth);
  });

  it(`R061 R066 long sequences are answered as the table says (seed ${SEED})`, async () => {
    await using store = await make();
    const follow = await follower(store.ledger, store.clock);
    const presentation = fc.record({
      // Most waits are about R, where the table changes; some are long, and some go back.
      wait: fc.oneof(fc.constantFrom(...WAITS), fc.integer({ min: -2 * R, max: 3 * R })),
      // Mostly such that the session goes on.
      offset: fc.constantFrom(0, 0, 0, -1, -1, -2, 1),
      key: fc.constantFrom(...KEYS),
    });
    const sequence = fc.array(presentation, { minLength: 4, maxLength: 12 });
    const property = fc.asyncProperty(sequence, async (presentations) => {
      const { answers, table } = await follow(presentations);
      expect(answers).toEqual(table);
    });
    await fc.assert(property, { seed: SEED, numRuns: 150 });
  });
}

function* sequences(depth: number): Generator<readonly Presentation[]> {
  if (depth === 0) {
    yield [];
    return;
  }
  for (const rest of sequences(depth - 1)) for (const last of PRESENTATIONS) yield [...rest, last];
}

interface Followed {
  readonly answers: readonly string[];
  readonly table: readonly string[];
}

/** Presents a whole sequence to a new session and to the model. */
async function follower(
  ledger: Ledger,
  clock: TestClock,
): Promise<(sequence: readonly Presentation[]) => Promise<Followed>> {
  const user = await createUser(ledger);
  const years = { inactivitySeconds: LIFETIME_SECONDS * 1000, lifetimeSeconds: LIFETIME_SECONDS * 1000 };
  return async (sequence) => {
    const { sid } = await open(ledger, user, { sessionLimit: 1, ...years });
    const token = newToken(clock.now());
    const answers: string[] = [];
    const table: string[] = [];
    for (const { wait, offset, key } of sequence) {
      clock.step(wait);
      const presented = token.current + offset;
      if (presented < 0) continue;
      const what = `${presented} under ${key ?? "no key"} after ${wait} ms:`;
      table.push(`${what} ${present(token, presented, key, clock.now())}`);
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what is tested
      answers.push(`${what} ${await answer(ledger, sid, presented, key)}`);
    }
    const record = await ledger.readSession(sid);
    answers.push(`left at ${record?.session.counter}, ${record?.endReason ?? "live"}`);
    table.push(`left at ${token.current}, ${token.over ? "reuse" : "live"}`);
    return { answers, table };
  };
}

async function answer(ledger: Ledger, sid: Sid, presented: number, key: string | null): Promise<string> {
  const redeemed = await redeem(ledger, sid, presented, { key });
  return redeemed.outcome === "rotated" || redeemed.outcome === "repeated"
    ? `${redeemed.outcome} ${redeemed.session.counter}`
    : redeemed.outcome;
}
