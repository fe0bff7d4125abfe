/**
 * Redemptions of refresh tokens on PostgreSQL, by as many server processes as the machine takes, beside pgbench running
 * the very statements that a redemption sends, on the same tables. Each finds its own saturation first; then they are
 * measured turn by turn. From the root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/postgres-redeem.ts
 */
import { postgresLedger } from "@counterfoil/stores/postgres";
import { median, rounds, row, verdict } from "./measure.ts";
import { temporaryDirectory } from "./place.ts";
import { fillSchema, locatorOf, subjectOf } from "./postgres/fill.ts";
import { pgbench, scriptOf, statementsOf } from "./postgres/pgbench.ts";
import { processorSeconds, startPostgres } from "./postgres/server.ts";
import { startProcess } from "./process.ts";
import type { Process } from "./process.ts";
import type { RedeemerResult } from "./processes/redeemer.ts";

const SESSIONS = 400_000;
const CLIENTS = [4, 8, 16, 32];
/** Processes, and the connections of each. */
const SHAPES = [
  [1, 4],
  [1, 8],
  [1, 16],
  [2, 4],
  [2, 8],
  [2, 16],
  [4, 4],
] as const;
const AT_ONCE = 64;
const SEARCH_SECONDS = 3;
const SECONDS = 4;
const ROUNDS = 6;
/** Of the ledger's: to warm each and find its saturation, to measure. */
const RUNS = 2 * SHAPES.length + ROUNDS;
const TARGET = 0.7;
const SCHEMA = "redeem";

interface Contender {
  readonly name: string;
  /** How many were committed in a second. */
  readonly run: (seconds: number) => Promise<number>;
  readonly rates: number[];
  /** Redemptions in a second of the database's processor time. */
  readonly perCpuSecond: number[];
}
/** Of the servers' processor time, and how many redemptions it was for. */
const spent = { seconds: 0, redeemed: 0 };

await using directory = await temporaryDirectory();
await using database = await startPostgres();
await fillSchema(database, { schema: SCHEMA, sessions: SESSIONS, eventsOfEach: 0, plainTokens: true });
/** Every token is redeemed once: one that was rotated just now is answered with what it was answered before. */
let unused = 1000;
/** From here on they are pgbench's, which knows no such rule. */
const OURS = SESSIONS / 2;
const script = await redemptionScript();
console.log(`A redemption sends ${script.lines.length - 2} statements.`);

await using stack = new AsyncDisposableStack();
/** By the number of their connections. */
const redeemers = new Map<number, Process[]>();
for (const [count, pool] of SHAPES) {
  const started = redeemers.get(pool) ?? [];
  while (started.length < count) {
    started.push(stack.use(await startProcess("redeemer", { url: database.url(`schema=${SCHEMA}&pool=${pool}`) })));
  }
  redeemers.set(pool, started);
}

// What is compiled and prepared by the first ones belongs to nobody.
for (const [count, pool] of SHAPES) await ledgersOf(count, pool)(1);
spent.seconds = spent.redeemed = 0;
const bench = await best(CLIENTS.map((clients) => contender(`pgbench, ${clients} clients`, pgbenchWith(clients))));
const ours = await best(
  SHAPES.map(([count, pool]) => contender(`the ledger, ${count} × ${pool} connections`, ledgersOf(count, pool))),
);
for (const one of rounds([bench, ours], ROUNDS)) await measure(one, SECONDS);

const share = median(ours.rates.map((rate, round) => rate / bench.rates[round]!));
const databaseShare = median(ours.perCpuSecond.map((rate, round) => rate / bench.perCpuSecond[round]!));
row("", "per second", "per CPU s of DB");
for (const { name, rates, perCpuSecond } of [bench, ours]) {
  row(name, median(rates).toFixed(0), median(perCpuSecond).toFixed(0));
}
const micro = (seconds: number) => `${(seconds * 1e6).toFixed(0)} µs`;
console.log(
  `  a redemption takes ${micro(1 / median(ours.perCpuSecond))} of the database's processors, ${(1 / databaseShare).toFixed(2)} of pgbench's, and ${micro(spent.seconds / spent.redeemed)} of the server's`,
);
verdict(`redemptions: ${share.toFixed(2)} of pgbench's (target ${TARGET})`, share >= TARGET);

function contender(name: string, run: Contender["run"]): Contender {
  return { name, run, rates: [], perCpuSecond: [] };
}

/** The one that does most, each tried once. */
async function best(candidates: readonly Contender[]): Promise<Contender> {
  for (const one of candidates) await measure(one, SEARCH_SECONDS);
  for (const { name, rates } of candidates) row(name, `${rates[0]!.toFixed(0)} a second`);
  const most = candidates.toSorted((a, b) => b.rates[0]! - a.rates[0]!)[0]!;
  most.rates.length = most.perCpuSecond.length = 0;
  return most;
}

async function measure({ run, rates, perCpuSecond }: Contender, seconds: number): Promise<void> {
  const before = processorSeconds(database);
  const started = performance.now();
  const rate = await run(seconds);
  const committed = (rate * (performance.now() - started)) / 1000;
  rates.push(rate);
  perCpuSecond.push(committed / (processorSeconds(database) - before));
}

function pgbenchWith(clients: number): Contender["run"] {
  return (seconds) => pgbench({ database, schema: SCHEMA, script, folder: directory.path, clients, seconds });
}

function ledgersOf(count: number, pool: number): Contender["run"] {
  return async (seconds) => {
    const each = Math.floor((OURS - 1000) / RUNS / count);
    const results = await Promise.all(
      redeemers
        .get(pool)!
        .slice(0, count)
        .map((redeemer, index) => {
          const from = unused + index * each;
          const question = { from, to: from + each, atOnce: Math.ceil(AT_ONCE / count), milliseconds: seconds * 1000 };
          return redeemer.ask<RedeemerResult>(question);
        }),
    );
    unused += count * each;
    for (const { redeemed, cpuSeconds } of results) {
      spent.redeemed += redeemed;
      spent.seconds += cpuSeconds;
    }
    return results.reduce((sum, { redeemed, seconds: took }) => sum + redeemed / took, 0);
  };
}

/** What one redemption sends, with a session of pgbench's own choice in the place of that one's. */
async function redemptionScript() {
  const [index, counter] = [1, 7_000_001];
  const [{ sid }] = (await database.query<{ sid: string }>(
    `update ${SCHEMA}.sessions set counter = ${counter} where locator_hash = $1 returning sid`,
    [locatorOf(index, true)],
  )) as [{ sid: string }];
  await using ledger = postgresLedger({ url: database.url(`schema=${SCHEMA}`) });
  await ledger.open();
  const context = { requestId: "req_bench", remoteAddress: "192.0.2.1", userAgent: "bench" };
  const redeem = { counter, idempotencyKeyHash: "k".repeat(43), background: false, context };
  let now: number | undefined;
  const sent = await statementsOf(async () => {
    const redeemed = await ledger.redeem({ locatorHash: locatorOf(index, true), ...redeem });
    if (redeemed.outcome !== "rotated") throw new Error(redeemed.outcome);
    ({ now } = redeemed);
  });
  // What a connection is asked when it is new is not a redemption's, nor what another one asks meanwhile.
  const begin = sent.findIndex(({ text }) => text.startsWith("BEGIN"));
  const ofRedemption = sent.slice(begin).filter(({ text }) => !text.startsWith("LISTEN"));
  const variables = new Map<unknown, string>([
    [locatorOf(index, true), "locator"],
    [sid, "sid"],
    [subjectOf(index), "subject"],
    [now, "now"],
    [counter + 1, "next"],
  ]);
  const opening = [`\\set locator random(${locatorOf(OURS, true)}, ${locatorOf(SESSIONS - 1, true)})`];
  const { lines, constants } = scriptOf(ofRedemption, variables, opening);
  const read = lines.findIndex((line) => line.endsWith("\\gset")) + 1;
  return { lines: [...lines.slice(0, read), "\\set next :counter + 1", ...lines.slice(read)], constants };
}
