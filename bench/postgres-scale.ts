/**
 * Whether a full ledger is slower than an empty one, and what it takes on the disk: finding a session behind a cookie
 * and redeeming a refresh token on PostgreSQL, with 10,000 and with 1,000,000 live sessions, turn by turn. From the root
 * of the repository (it writes some 3 GB below `TMPDIR`, and ten times that for ten million):
 *
 *     npx node --conditions=@counterfoil/source bench/postgres-scale.ts
 *     npx node --conditions=@counterfoil/source bench/postgres-scale.ts 10000000
 *
 * The flush of the disk at a commit is left out: it is the same for both, and long enough to hide what is not.
 */
import { postgresLedger } from "@counterfoil/stores/postgres";
import type { Ledger } from "@counterfoil/core";
import { median, rounds, row, verdict } from "./measure.ts";
import { fillSchema, locatorOf } from "./postgres/fill.ts";
import { startPostgres } from "./postgres/server.ts";

const SMALL = 10_000;
const LARGE = Number(process.argv[2] ?? 1_000_000);
/** Of each kind, and of each ledger. */
const SAMPLE = 2400;
const ROUNDS = 8;
const TARGET = 1.3;

await using database = await startPostgres({
  max_wal_size: "32GB",
  checkpoint_timeout: "60min",
  shared_buffers: "2GB",
});
const fill = async (schema: string, sessions: number) => {
  const started = performance.now();
  await fillSchema(database, { schema, sessions, eventsOfEach: 1 });
  console.log(`${sessions} sessions written in ${((performance.now() - started) / 1000).toFixed(0)} s`);
};
await fill("small", SMALL);
await fill("large", LARGE);
await size("large", LARGE);

await database.query("alter database postgres set synchronous_commit = off");
await using small = postgresLedger({ url: database.url("schema=small") });
await using large = postgresLedger({ url: database.url("schema=large") });
for (const ledger of [small, large]) await ledger.open();

interface Contender {
  readonly name: string;
  readonly ledger: Ledger;
  readonly sessions: number;
  readonly kind: "resolve" | "redeem";
  readonly times: number[];
}
const contenders: readonly Contender[] = (["resolve", "redeem"] as const).flatMap((kind) => [
  { name: `${kind}, ${SMALL} sessions`, ledger: small, sessions: SMALL, kind, times: [] },
  { name: `${kind}, ${LARGE} sessions`, ledger: large, sessions: LARGE, kind, times: [] },
]);
for (const [turn, one] of [...rounds(contenders, ROUNDS)].entries()) {
  const part = SAMPLE / ROUNDS;
  const first = Math.floor(turn / contenders.length) * part;
  for (let index = first; index < first + part; index++) {
    const start = performance.now();
    await once(one, index);
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

/** Each session once, from all over the table: a token that was rotated just now would be answered as before. */
async function once({ ledger, sessions, kind }: Contender, index: number): Promise<void> {
  const step = Math.floor(sessions / SAMPLE / 2) * 2;
  const locatorHash = locatorOf(index * step + (kind === "resolve" ? 0 : 1));
  if (kind === "resolve") {
    const { outcome } = await ledger.resolveSession({ locatorHash, counter: 0 });
    if (outcome !== "live") throw new Error(outcome);
    return;
  }
  const context = { requestId: "req_bench", remoteAddress: "192.0.2.1", userAgent: "bench" };
  const { outcome } = await ledger.redeem({
    locatorHash,
    counter: 0,
    idempotencyKeyHash: null,
    background: false,
    context,
  });
  if (outcome !== "rotated") throw new Error(outcome);
}

async function size(schema: string, sessions: number): Promise<void> {
  row("bytes each", "table", "indexes", "together");
  for (const table of ["sessions", "users", "events"]) {
    const [of] = await database.query<{ rows: string; indexes: string }>(
      `select pg_table_size('${schema}.${table}') as rows, pg_indexes_size('${schema}.${table}') as indexes`,
    );
    const [rows, indexes] = [Number(of!.rows) / sessions, Number(of!.indexes) / sessions];
    row(`one of the ${table}`, rows.toFixed(0), indexes.toFixed(0), (rows + indexes).toFixed(0));
  }
}
