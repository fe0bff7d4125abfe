/** A ledger of its own on PostgreSQL, as a server has one, whose refresh tokens are redeemed as fast as it goes. */
import { postgresLedger } from "@counterfoil/stores/postgres";
import { locatorOf } from "../postgres/fill.ts";
import { answerQuestions, processInput } from "../process.ts";

export interface RedeemerInput {
  readonly url: string;
}

export interface RedeemerQuestion {
  /** The numbers of the sessions, each redeemed once at the most, in an order that no table has. */
  readonly from: number;
  readonly to: number;
  /** What was presented to them before; 0 where it is left out. */
  readonly counter?: number;
  readonly atOnce: number;
  readonly milliseconds: number;
  /** Ends where there is none left; else it is an error, since the rate would be too low. */
  readonly untilDone?: boolean;
}

export interface RedeemerResult {
  readonly redeemed: number;
  readonly seconds: number;
  /** Of this process's processor time. */
  readonly cpuSeconds: number;
}

/** A prime, so that every session has its turn. */
const STRIDE = 7919;
/** As clients send one, and as long as its hash is. */
const KEY_HASH = "k".repeat(43);
const CONTEXT = { requestId: "req_bench", remoteAddress: "192.0.2.1", userAgent: "bench" };
const { url } = processInput() as RedeemerInput;
const ledger = postgresLedger({ url });
await ledger.open();

answerQuestions({}, async (asked) => {
  const { from, to, counter = 0, atOnce, milliseconds, untilDone = false } = asked as RedeemerQuestion;
  const count = to - from;
  let next = 0;
  let redeemed = 0;
  const before = process.cpuUsage();
  const start = performance.now();
  const work = async () => {
    while (performance.now() - start < milliseconds) {
      const turn = next++;
      if (turn >= count && untilDone) return;
      if (turn >= count) throw new Error("there are too few sessions for this machine");
      const { outcome } = await ledger.redeem({
        locatorHash: locatorOf(from + ((turn * STRIDE) % count), true),
        counter,
        idempotencyKeyHash: KEY_HASH,
        background: false,
        context: CONTEXT,
      });
      if (outcome !== "rotated") throw new Error(outcome);
      redeemed++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { redeemed, seconds, cpuSeconds: (user + system) / 1e6 } satisfies RedeemerResult;
});
