/**
 * What it costs to check an access token: unseen, beside bare `node:crypto` and the peers; seen before, beside the
 * peer that has a cache. From the root of the repository:
 *
 *     npm ci --prefix bench
 *     npx node --conditions=@counterfoil/source bench/verify-token.ts
 *
 * Everything in one process, in turns of a few milliseconds, so that a slow moment of the machine hits all alike.
 * Each turn gets strings that were made for it: a string that was hashed once is never hashed again, and a server
 * never sees the same string twice.
 */
import { Buffer } from "node:buffer";
import { createHmac, generateKeyPairSync, sign, timingSafeEqual, verify } from "node:crypto";
import { availableParallelism } from "node:os";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { Verdict } from "@counterfoil/verifier";
import { createKernel, nodeSignatures } from "@counterfoil/verifier/node";
import { AUDIENCE, claimsWith, generateSigningKey, ISSUER, mint } from "../packages/verifier/test/mint.ts";
import type { SigningKey } from "../packages/verifier/test/mint.ts";
import { toDer } from "../packages/verifier/src/signature/ecdsa-der.ts";
import { fedVerifier } from "./fed-verifier.ts";
import { median, verdict } from "./measure.ts";
import { loadPeers } from "./peers.ts";

const TOKENS = 1000;
/** Tokens in one turn: unseen ones are slow, seen ones fast, and a turn should outlast the clock's grain. */
const UNSEEN_TURN = 20;
const SEEN_TURN = 500;
const UNSEEN_ROUNDS = 200;
const SEEN_ROUNDS = 250;
const WARM_UP_ROUNDS = 100;
const ALGORITHMS: readonly SigningAlgorithm[] = ["ES256", "EdDSA", "RS256", "HS256"];

const BARE = "node:crypto and JSON.parse";
const KERNEL = "counterfoil";
const SERVICE = "counterfoil, in a service";
const MOST_OF_BARE = 1.15;
const MOST_OF_FAST_JWT = 1;
const MOST_OF_FAST_JWT_SEEN = 0.25;

interface Contender {
  readonly name: string;
  /** Checks all, and returns how many it accepted. */
  readonly checkAll: (tokens: readonly string[]) => number | Promise<number>;
}

let seed = 1;
const peers = await loadPeers();

for (const algorithm of ALGORITHMS) {
  const key = algorithm === "RS256" ? generateRsaKey() : generateSigningKey(algorithm);
  const tokens = mintAll(key);
  const first = await measure(await unseen(key), tokens, UNSEEN_TURN, UNSEEN_ROUNDS);
  print(`${algorithm}, unseen`, first);
  verdict(`at most ${MOST_OF_BARE} of the bare check`, ratio(first, BARE) <= MOST_OF_BARE);
  verdict("no slower than fast-jwt", ratio(first, "fast-jwt, with its cache") <= MOST_OF_FAST_JWT);
  const again = await measure(await seen(key), tokens, SEEN_TURN, SEEN_ROUNDS);
  print(`${algorithm}, seen before`, again);
  for (const name of [KERNEL, SERVICE]) {
    if (!again.has(name)) continue;
    const share = ratio(again, "fast-jwt", name);
    verdict(`${name}: at most ${MOST_OF_FAST_JWT_SEEN} of fast-jwt`, share <= MOST_OF_FAST_JWT_SEEN);
  }
}
console.log(
  `\nNode ${process.version}, ${availableParallelism()} cores; token of ${mintAll(generateSigningKey("ES256"))[0]!.length} characters (ES256).`,
);

/** As long as those that Counterfoil mints with. */
function generateRsaKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 3072 });
  const kid = "RS256-1";
  return {
    kid,
    alg: "RS256",
    jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" },
    sign: (input) => sign("sha256", Buffer.from(input, "latin1"), privateKey),
    verificationKey: publicKey,
  };
}

function mintAll(key: SigningKey): Buffer[] {
  const iat = Math.floor(Date.now() / 1000);
  const times = { iat, exp: iat + 600, auth_time: iat };
  return Array.from({ length: TOKENS }, () => Buffer.from(mint(key, claimsWith(times))));
}

/** As a service has it: with the feed and the keys, and the counters. It takes no HS256. */
async function inService(key: SigningKey, cacheSize: number): Promise<Contender[]> {
  if (key.alg === "HS256") return [];
  const verifier = await fedVerifier(key, cacheSize);
  return [{ name: SERVICE, checkAll: each((token) => (verifier.verify(token) as Verdict).ok) }];
}

/** Fewer are remembered than are in turn, so that each is forgotten before it comes again, and pays for entering. */
async function unseen(key: SigningKey): Promise<Contender[]> {
  const kernel = ourKernel(key, TOKENS / 2);
  const cached = peers(key, { issuer: ISSUER, audience: AUDIENCE, cacheSize: TOKENS / 2 });
  return [
    { name: BARE, checkAll: each(bare(key)) },
    ...(key.alg === "ES256" ? [{ name: "the same, ieee-p1363", checkAll: each(bare(key, "ieee-p1363")) }] : []),
    { name: KERNEL, checkAll: each((token) => kernel.verify(token).ok) },
    ...(await inService(key, TOKENS / 2)),
    // As ours, it pays for remembering what it has checked.
    ...cached.filter(({ name }) => name === "fast-jwt").map((peer) => ({ ...peer, name: "fast-jwt, with its cache" })),
    ...peers(key, { issuer: ISSUER, audience: AUDIENCE, cacheSize: 0 }),
  ];
}

async function seen(key: SigningKey): Promise<Contender[]> {
  const kernel = ourKernel(key, TOKENS * 2);
  const cached = peers(key, { issuer: ISSUER, audience: AUDIENCE, cacheSize: TOKENS * 2 });
  return [
    { name: KERNEL, checkAll: each((token) => kernel.verify(token).ok) },
    ...(await inService(key, TOKENS * 2)),
    ...cached.filter(({ name }) => name === "fast-jwt"),
  ];
}

function ourKernel(key: SigningKey, cacheSize: number) {
  const kernel = createKernel({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: [key.alg],
    signatures: nodeSignatures,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    cacheSize,
  });
  kernel.setKeys([key.jwk]);
  // A set that is not empty: every check looks into it.
  kernel.apply({ type: "session-revoked", sid: "ses_AAAAAAAAAAAAAAAAAAAAAQ" });
  return kernel;
}

/**
 * The least that any verifier must do: header and payload parsed, and the signature. Nothing is validated but `alg`.
 *
 * An ES256 signature is turned into the DER that OpenSSL reads, or left to `node:crypto` (`ieee-p1363`), which is what
 * everybody writes, and slower.
 */
function bare(key: SigningKey, dsaEncoding: "der" | "ieee-p1363" = "der"): (token: string) => boolean {
  const { alg, verificationKey } = key;
  const digest = alg === "ES256" || alg === "RS256" ? "sha256" : null;
  const converts = alg === "ES256" && dsaEncoding === "der";
  const verifier = converts || alg !== "ES256" ? verificationKey : { key: verificationKey, dsaEncoding };
  const check = (input: string, signature: Uint8Array): boolean =>
    alg === "HS256"
      ? timingSafeEqual(createHmac("sha256", verificationKey).update(input, "latin1").digest(), signature)
      : verify(digest, Buffer.from(input, "latin1"), verifier, converts ? toDer(signature) : signature);
  return (token) => {
    const first = token.indexOf(".");
    const second = token.indexOf(".", first + 1);
    const header = parse(token.slice(0, first)) as { alg?: unknown };
    if (header.alg !== alg) return false;
    if (!check(token.slice(0, second), Buffer.from(token.slice(second + 1), "base64url"))) return false;
    return typeof parse(token.slice(first + 1, second)) === "object";
  };
}

function parse(part: string): unknown {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}

function each(check: (token: string) => boolean): Contender["checkAll"] {
  return (tokens) => {
    let accepted = 0;
    for (const token of tokens) if (check(token)) accepted++;
    return accepted;
  };
}

/** Microseconds a token, of each round, by contender. */
type Samples = ReadonlyMap<string, readonly number[]>;

async function measure(
  contenders: readonly Contender[],
  tokens: readonly Buffer[],
  turn: number,
  rounds: number,
): Promise<Samples> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    // Receipts are waiting, as they would in a service between two requests.
    await new Promise((resolve) => setImmediate(resolve));
    const from = (round * turn) % tokens.length;
    // In an order of its own each round: what one leaves to the collector and the caches is not always the same one's.
    for (const { name, checkAll } of shuffled(contenders)) {
      const fresh = tokens.slice(from, from + turn).map((token) => token.toString("latin1"));
      const start = performance.now();
      const accepted = await checkAll(fresh);
      const elapsed = performance.now() - start;
      if (accepted !== turn) throw new Error(`${name} refused a good token`);
      if (round >= WARM_UP_ROUNDS) samples.get(name)!.push((elapsed * 1000) / turn);
    }
  }
  return samples;
}

/** Medians; and the median of the ratios within each round, for a machine's speed changes from round to round. */
function print(title: string, samples: Samples): void {
  console.log(`\n${title}`);
  const ours = [KERNEL, SERVICE].filter((name) => samples.has(name));
  for (const [name, times] of samples) {
    const shares = ours.map((one) => `${one} takes ${ratio(samples, name, one).toFixed(2)} of it`);
    const note = ours.includes(name) ? "" : shares.join("; ");
    console.log(`  ${name.padEnd(28)}${median(times).toFixed(2).padStart(9)} µs  ${note}`);
  }
}

function ratio(samples: Samples, name: string, of = KERNEL): number {
  const ours = samples.get(of)!;
  return median(samples.get(name)!.map((time, round) => ours[round]! / time));
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  const drawn = items.map((item) => ({ item, lot: random() }));
  return drawn.toSorted((a, b) => a.lot - b.lot).map(({ item }) => item);
}

/** Numerical Recipes' generator: the same order in every run. */
function random(): number {
  seed = (seed * 1664525 + 1013904223) % 2 ** 32;
  return seed / 2 ** 32;
}
