/**
 * Redemptions of refresh tokens on SQLite, beside the least that any durable answer costs: one row, one transaction.
 * Both in WAL mode with `synchronous=FULL`, on the same disk, turn by turn. From the root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/redeem.ts
 *
 * A token rotates once in R (30 s), so the ledger's clock jumps by more than that before each pass over the sessions:
 * every redemption rotates.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { redeemRefreshToken, REUSE_INTERVAL_MS, Secret, systemClock, systemRandom } from "@counterfoil/core";
import { composeCounterfoil } from "../packages/server/src/compose.ts";
import { ROUTES } from "../packages/server/src/http/routes/table.ts";
import { nodeCrypto } from "../packages/server/src/platform/node-crypto.ts";
import type { Services } from "../packages/server/src/services.ts";
import { median, rounds, row, verdict } from "./measure.ts";
import { temporaryDirectory } from "./place.ts";

const SESSIONS = 500;
const ROUNDS = 12;
const TARGET = 0.5;
const ISSUER = "http://localhost:4000";
const CONTEXT = { requestId: "bench", remoteAddress: null, userAgent: null };

interface Contender {
  readonly name: string;
  /** Commits {@link SESSIONS} transactions. */
  readonly pass: () => void | Promise<void>;
  readonly rates: number[];
}

await using directory = await temporaryDirectory();
let ahead = 0;
const clock = { ...systemClock, now: () => systemClock.now() + ahead };
let services!: Services;
await using cf = composeCounterfoil(
  {
    issuer: ISSUER,
    ledger: `sqlite:${join(directory.path, "counterfoil.db")}`,
    secret: Secret.generate(nodeCrypto, systemRandom).reveal(),
    clock,
  },
  ROUTES,
  (started) => {
    services = started;
    return Promise.resolve();
  },
);
await cf.ready();
const tokens = await Promise.all(Array.from({ length: SESSIONS }, (_, index) => signIn(index)));

const contenders: readonly Contender[] = [
  { name: "bare one-row transaction", pass: bareTransactions(), rates: [] },
  { name: "redemption, one by one", pass: oneByOne(redeem), rates: [] },
  { name: "redemptions, 32 at once", pass: redeemTogether, rates: [] },
  { name: "POST /refresh, without a socket", pass: oneByOne(refresh), rates: [] },
];
for (const one of rounds(contenders, ROUNDS)) {
  ahead += REUSE_INTERVAL_MS + 1000;
  const start = performance.now();
  await one.pass();
  one.rates.push((SESSIONS * 1000) / (performance.now() - start));
}

const [bare, , together] = contenders as [Contender, Contender, Contender];
const share = (one: Contender) => median(one.rates.map((rate, round) => rate / bare.rates[round]!));
row("", "per second", "of bare");
for (const one of contenders) row(one.name, median(one.rates).toFixed(0), share(one).toFixed(2));
verdict(`${together.name}: ${share(together).toFixed(2)} of bare (target ${TARGET})`, share(together) >= TARGET);

function bareTransactions(): Contender["pass"] {
  const database = new DatabaseSync(join(directory.path, "bare.db"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec("CREATE TABLE bare (id INTEGER PRIMARY KEY, counter INTEGER NOT NULL, text TEXT NOT NULL) STRICT");
  const insert = database.prepare("INSERT INTO bare VALUES (?, 0, ?)");
  for (let id = 0; id < SESSIONS; id++) insert.run(id, "as long as a session's row is".repeat(16));
  const update = database.prepare("UPDATE bare SET counter = counter + 1 WHERE id = ?");
  return () => {
    for (let id = 0; id < SESSIONS; id++) update.run(id);
  };
}

function oneByOne(next: (index: number) => Promise<void>): Contender["pass"] {
  return async () => {
    for (let index = 0; index < SESSIONS; index++) await next(index);
  };
}

async function redeemTogether(): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < SESSIONS) await redeem(next++);
  };
  await Promise.all(Array.from({ length: 32 }, work));
}

async function redeem(index: number): Promise<void> {
  const refreshed = await redeemRefreshToken(
    services,
    tokens[index]!,
    { idempotencyKey: null, background: false },
    CONTEXT,
  );
  if (refreshed.outcome !== "rotated") throw new Error(refreshed.outcome);
  tokens[index] = refreshed.handle;
}

async function refresh(index: number): Promise<void> {
  const headers = { Authorization: `Bearer ${tokens[index]}` };
  tokens[index] = await refreshToken(await cf.fetch(new Request(`${ISSUER}/refresh`, { method: "POST", headers })));
}

async function signIn(index: number): Promise<string> {
  const user = { subject: `user-${index}`, username: "kavya", roles: ["user"] };
  return refreshToken(await cf.signIn(new Request(`${ISSUER}/own`, { method: "POST" }), user));
}

async function refreshToken(answer: Response): Promise<string> {
  const { refresh_token } = (await answer.json()) as { readonly refresh_token?: string };
  if (refresh_token === undefined) throw new Error(`no refresh token, but ${answer.status}`);
  return refresh_token;
}
