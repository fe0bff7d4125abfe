/**
 * Whether a full ledger is slower than an empty one: finding a session behind a cookie and redeeming a refresh token, on
 * SQLite with 10,000 and with 1,000,000 live sessions, turn by turn. From the root of the repository (it writes some
 * 2 GB below `TMPDIR`):
 *
 *     npx node --conditions=@counterfoil/source bench/scale.ts
 */
import { join } from "node:path";
import type { LocatorHash } from "@counterfoil/core";
import { fillLedger } from "./ledger-of.ts";
import type { FilledLedger } from "./ledger-of.ts";
import { median, rounds, row, verdict } from "./measure.ts";
import { temporaryDirectory } from "./place.ts";

const SMALL = 10_000;
const LARGE = 1_000_000;
const SAMPLE = 4_000;
const ROUNDS = 8;
const TARGET = 1.3;

await using directory = await temporaryDirectory();
const fill = async (sessions: number) => {
  const started = performance.now();
  const path = join(directory.path, `${sessions}.db`);
  const filled = await fillLedger({ path, sessions, sample: SAMPLE, eventsOfEach: 1 });
  console.log(`${sessions} sessions written in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return filled;
};
await using small = await fill(SMALL);
await using large = await fill(LARGE);

interface Contender {
  readonly name: string;
  readonly of: FilledLedger;
  readonly kind: "resolve" | "redeem";
  readonly times: number[];
}
const contenders: readonly Contender[] = (["resolve", "redeem"] as const).flatMap((kind) => [
  { name: `${kind}, ${SMALL} sessions`, of: small, kind, times: [] },
  { name: `${kind}, ${LARGE} sessions`, of: large, kind, times: [] },
]);

// Each session once: a token that was rotated just now is answered with what it was answered before.
const unused = new Map(
  contenders.map(({ of, kind, name }) => {
    const transport = kind === "resolve" ? "cookie" : "bearer";
    return [name, of.sample.filter((each) => each.transport === transport).map(({ locatorHash }) => locatorHash)];
  }),
);
const each = Math.floor(Math.min(...[...unused.values()].map((hashes) => hashes.length)) / ROUNDS);
for (const one of rounds(contenders, ROUNDS)) {
  for (const locatorHash of unused.get(one.name)!.splice(0, each)) {
    const start = performance.now();
    await once(one, locatorHash);
    one.times.push((performance.now() - start) * 1000);
  }
}

row("", "median, µs");
for (const one of contenders) row(one.name, median(one.times).toFixed(0));
for (const kind of ["resolve", "redeem"] as const) {
  const [few, many] = contenders.filter((one) => one.kind === kind) as [Contender, Contender];
  const ratio = median(many.times) / median(few.times);
  verdict(`${kind}: ${ratio.toFixed(2)} times as long (target ${TARGET})`, ratio <= TARGET);
}

async function once({ of, kind }: Contender, locatorHash: LocatorHash): Promise<void> {
  if (kind === "resolve") {
    const { outcome } = await of.ledger.resolveSession({ locatorHash, counter: 0 });
    if (outcome !== "live") throw new Error(outcome);
    return;
  }
  const context = { requestId: "req_bench", remoteAddress: "192.0.2.1", userAgent: "bench" };
  const redeem = { locatorHash, counter: 0, idempotencyKeyHash: null, background: false, context };
  const { outcome } = await of.ledger.redeem(redeem);
  if (outcome !== "rotated") throw new Error(outcome);
}
