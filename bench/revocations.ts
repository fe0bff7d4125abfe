/**
 * What a million live revocations cost a verifier: memory, time of a check, and taking them in as one snapshot. From
 * the root of the repository:
 *
 *     npx node --expose-gc --conditions=@counterfoil/source bench/revocations.ts
 */
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import type { FeedEntry, Revocation } from "@counterfoil/protocol";
import { createKernel, nodeSignatures } from "@counterfoil/verifier/node";
import type { Kernel } from "@counterfoil/verifier/node";
import { AUDIENCE, claimsWith, generateSigningKey, ISSUER, mint, newSid } from "../packages/verifier/test/mint.ts";
import { median, rounds, row, verdict } from "./measure.ts";

const SESSIONS = 1_000_000;
const SUBJECTS = 10_000;
/** Revocations come over a quarter of an hour, and are forgotten four minutes' worth at a time. */
const SPANS = 4;
const SPAN_MS = 4 * 60_000;
/** Entries in one event of the stream. */
const BATCH = 1000;
const TOKENS = 1000;
const UNSEEN_TURN = 20;
const SEEN_TURN = 500;
const ROUNDS = 400;
const WARM_UP_ROUNDS = 100;

const MIB = 2 ** 20;
const MOST_MEMORY = 150 * MIB;
const MOST_TIME = 1.2;

const { gc } = globalThis;
if (gc === undefined) throw new Error("run it with --expose-gc: memory is measured after a collection");
const key = generateSigningKey("ES256");
let monotonic = 0;

function newKernel(cacheSize: number): Kernel {
  const kernel = createKernel({
    issuer: ISSUER,
    audience: AUDIENCE,
    signatures: nodeSignatures,
    clock: { now: () => Date.now(), monotonic: () => monotonic },
    cacheSize,
  });
  kernel.setKeys([key.jwk]);
  return kernel;
}

/** A quarter of all, as it would come in four minutes. */
function* entriesOfSpan(): Generator<Revocation> {
  for (let index = 0; index < SESSIONS / SPANS; index++) yield { type: "session-revoked", sid: newSid() };
  for (let index = 0; index < SUBJECTS / SPANS; index++) {
    yield { type: "claims-changed", sub: newSid().replace("ses_", "usr_"), claims_version: 2 };
  }
}

function fill(kernel: Kernel): void {
  for (let span = 0; span < SPANS; span++) {
    for (const entry of entriesOfSpan()) kernel.apply(entry);
    monotonic += SPAN_MS - 1;
  }
}

/** Resident bytes of the whole process, once all that can be freed is. */
async function resident(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    gc!();
    await setImmediate();
  }
  return process.memoryUsage().rss;
}

interface Contender {
  readonly name: string;
  readonly kernel: Kernel;
}

/** Microseconds a token, by contender, each round of which gets strings of its own. */
function measure(contenders: readonly Contender[], turn: number, before: (kernel: Kernel) => void): number[] {
  const samples = contenders.map(() => [] as number[]);
  let round = 0;
  for (const contender of rounds(contenders, WARM_UP_ROUNDS + ROUNDS)) {
    const from = (Math.floor(round / contenders.length) * turn) % TOKENS;
    const fresh = tokens.slice(from, from + turn).map((token) => token.toString("latin1"));
    before(contender.kernel);
    const start = performance.now();
    for (const token of fresh) if (!contender.kernel.verify(token).ok) throw new Error("a good token was refused");
    const elapsed = performance.now() - start;
    if (round >= WARM_UP_ROUNDS * contenders.length) {
      samples[contenders.indexOf(contender)]!.push((elapsed * 1000) / turn);
    }
    round++;
  }
  return samples.map(median);
}

function print(title: string, [none, many]: readonly number[]): number {
  const ratio = many! / none!;
  row(title, `${none!.toFixed(2)} µs`, `${many!.toFixed(2)} µs`, ratio.toFixed(2));
  return ratio;
}

console.log(`\n${SESSIONS.toLocaleString("en")} sessions and ${SUBJECTS.toLocaleString("en")} users revoked`);

// The first fill brings the code, and the collector's room, to where a running process has them.
{
  const first = newKernel(0);
  for (const entry of entriesOfSpan()) first.apply(entry);
}
const bare = await resident();
const full = newKernel(TOKENS / 2);
fill(full);
const growth = (await resident()) - bare;
if (full.sizes.revocations !== SESSIONS + SUBJECTS) throw new Error("some were forgotten");
row("memory", `${(growth / MIB).toFixed(0)} MiB`);
verdict(`at most ${MOST_MEMORY / MIB} MiB`, growth <= MOST_MEMORY);

const iat = Math.floor(Date.now() / 1000);
const times = { iat, exp: iat + 600, auth_time: iat };
const tokens = Array.from({ length: TOKENS }, () => Buffer.from(mint(key, claimsWith(times))));
console.log("");
row("a token", "with none", "with all", "ratio");
const unseen = print(
  "not seen before",
  measure(
    [
      { name: "none", kernel: newKernel(TOKENS / 2) },
      { name: "all", kernel: full },
    ],
    UNSEEN_TURN,
    () => {},
  ),
);
const larger = newKernel(TOKENS * 2);
fill(larger);
const pair = [
  { name: "none", kernel: newKernel(TOKENS * 2) },
  { name: "all", kernel: larger },
];
const seen = print(
  "seen before",
  measure(pair, SEEN_TURN, () => {}),
);
// An entry makes each remembered token look into the set once more.
print(
  "seen before, an entry came since",
  measure(pair, SEEN_TURN, (kernel) => kernel.apply({ type: "session-revoked", sid: "ses_AAAAAAAAAAAAAAAAAAAAAQ" })),
);
verdict(`at most ${MOST_TIME} times as long, not seen before`, unseen <= MOST_TIME);
verdict(`at most ${MOST_TIME} times as long, seen before`, seen <= MOST_TIME);

function* each(lists: readonly (readonly Revocation[])[]): Generator<Revocation> {
  for (const list of lists) yield* list;
}

const batches: string[] = [];
let batch: FeedEntry[] = [];
for (let span = 0; span < SPANS; span++) {
  for (const entry of entriesOfSpan()) {
    batch.push({ ...entry, event_timestamp: iat + 0.123, reason: "signed_out" });
    if (batch.length === BATCH) batches.push(JSON.stringify(batch.splice(0)));
  }
}
if (batch.length > 0) batches.push(JSON.stringify(batch));
batch = [];
const bytes = batches.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const target = newKernel(0);
const parsed: Revocation[][] = [];
const start = performance.now();
for (const text of batches) parsed.push(JSON.parse(text) as Revocation[]);
const middle = performance.now();
for (const entry of each(parsed)) target.apply(entry);
const end = performance.now();
if (target.sizes.revocations !== SESSIONS + SUBJECTS) throw new Error("some were lost");
console.log("\nA snapshot of them");
row("bytes over the wire", `${(bytes / MIB).toFixed(0)} MiB`);
row("JSON.parse of its batches", `${(middle - start).toFixed(0)} ms`);
row("taking them in", `${(end - middle).toFixed(0)} ms`);
