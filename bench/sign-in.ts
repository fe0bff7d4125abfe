/**
 * Sign-ins by password, beside what bare argon2 checks on the same cores: `POST /login` without a socket, on a SQLite
 * file, as many at once as a busy server has. Turn by turn. From the root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/sign-in.ts
 *     npx node --conditions=@counterfoil/source bench/sign-in.ts postgres
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { canonicalUsername, newSubject, Secret, systemRandom } from "@counterfoil/core";
import type { Password } from "@counterfoil/core";
import { composeCounterfoil } from "../packages/server/src/compose.ts";
import { ROUTES } from "../packages/server/src/http/routes/table.ts";
import { Argon2 } from "../packages/server/src/platform/argon2.ts";
import { nodeCrypto } from "../packages/server/src/platform/node-crypto.ts";
import { median, rounds, row, verdict } from "./measure.ts";
import { temporaryDirectory } from "./place.ts";
import { startPostgres } from "./postgres/server.ts";

const USERS = 100;
const AT_ONCE = 32;
const ROUNDS = 6;
const MILLISECONDS = 2_500;
const TARGET = 0.9;
const ISSUER = "http://localhost:4000";
const PASSWORD = "a password that is long enough";

interface Contender {
  readonly name: string;
  readonly atOnce: number;
  readonly once: () => Promise<void>;
  readonly rates: number[];
}

await using directory = await temporaryDirectory();
await using database = process.argv[2] === "postgres" ? await startPostgres() : null;
const argon2 = new Argon2([]);
const phc = await argon2.hash(PASSWORD as Password);
await using cf = composeCounterfoil(
  {
    issuer: ISSUER,
    ledger: database?.url() ?? `sqlite:${join(directory.path, "counterfoil.db")}`,
    secret: Secret.generate(nodeCrypto, systemRandom).reveal(),
  },
  ROUTES,
  async ({ ledger }) => {
    for (let index = 0; index < USERS; index++) {
      await ledger.createUser({
        subject: newSubject(systemRandom),
        username: `user-${index}`,
        canonicalUsername: canonicalUsername(`user-${index}`),
        passwordHash: phc,
        roles: ["user"],
        context: null,
      });
    }
  },
);
await cf.ready();

let next = 0;
const contenders: readonly Contender[] = [
  { name: "bare argon2", atOnce: availableParallelism(), once: bare, rates: [] },
  { name: "POST /login", atOnce: AT_ONCE, once: login, rates: [] },
];
for (const one of rounds(contenders, ROUNDS)) one.rates.push(await rate(one));

const [argon, logins] = contenders as [Contender, Contender];
const share = median(logins.rates.map((each, round) => each / argon.rates[round]!));
row("", "per second", "of bare");
for (const one of contenders) row(one.name, median(one.rates).toFixed(0), one === argon ? "1" : share.toFixed(2));
verdict(`sign-ins: ${share.toFixed(2)} of bare argon2 (target ${TARGET})`, share >= TARGET);

async function rate({ atOnce, once }: Contender): Promise<number> {
  const start = performance.now();
  let done = 0;
  const work = async () => {
    while (performance.now() - start < MILLISECONDS) {
      await once();
      done++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return (done * 1000) / (performance.now() - start);
}

async function bare(): Promise<void> {
  if (!(await argon2.verify(phc, PASSWORD as Password))) throw new Error("the password is right");
}

async function login(): Promise<void> {
  const body = JSON.stringify({ username: `user-${next++ % USERS}`, password: PASSWORD });
  const headers = { "Content-Type": "application/json" };
  const request = new Request(`${ISSUER}/login`, { method: "POST", headers, body });
  // An address each, so that none of the limits by address is what is measured.
  const answer = await cf.fetch(request, { remoteAddress: `10.0.${(next >> 8) & 255}.${next & 255}` });
  if (answer.status !== 200) throw new Error(`POST /login answered ${answer.status}`);
}
