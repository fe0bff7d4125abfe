/**
 * What each request costs on PostgreSQL: statements, rows, bytes of its write-ahead log, bytes between server and
 * database, and the processors' time of either. One server, one request after the other. From the root of the
 * repository:
 *
 *     npx node --conditions=@counterfoil/source bench/postgres-costs.ts
 *
 * What the server does by itself meanwhile is measured apart, and taken off.
 */
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { canonicalUsername, newSubject, registerVerifier, Secret, systemRandom } from "@counterfoil/core";
import type { Password, Sid, VerifierName } from "@counterfoil/core";
import { composeCounterfoil } from "../packages/server/src/compose.ts";
import { ROUTES } from "../packages/server/src/http/routes/table.ts";
import { Argon2 } from "../packages/server/src/platform/argon2.ts";
import { nodeCrypto } from "../packages/server/src/platform/node-crypto.ts";
import type { Services } from "../packages/server/src/services.ts";
import { row } from "./measure.ts";
import { counted, startCountingPostgres } from "./postgres/server.ts";

const EACH = 300;
const IDLE_MS = 8000;
const ISSUER = "http://localhost:4000";
const PASSWORD = "a password that is long enough";

interface Cost {
  readonly statements: number;
  readonly rows: number;
  readonly walBytes: number;
  readonly wireBytes: number;
  readonly databaseSeconds: number;
  readonly serverSeconds: number;
  readonly seconds: number;
}

/** All that go to the database: nothing else here connects to anything. */
const sockets: Socket[] = [];
subscribe("net.client.socket", (message) => sockets.push((message as { readonly socket: Socket }).socket));

await using database = await startCountingPostgres();
let services!: Services;
await using cf = composeCounterfoil(
  { issuer: ISSUER, ledger: database.url(), secret: Secret.generate(nodeCrypto, systemRandom).reveal() },
  ROUTES,
  async (started) => {
    services = started;
    const phc = await new Argon2([]).hash(PASSWORD as Password);
    for (let index = 0; index < EACH; index++) {
      const username = `user-${index}`;
      await started.ledger.createUser({
        subject: newSubject(systemRandom),
        username,
        canonicalUsername: canonicalUsername(username),
        passwordHash: phc,
        roles: ["user"],
        context: null,
      });
    }
  },
);
await cf.ready();
const registered = await registerVerifier(
  { ledger: services.ledger, crypto: nodeCrypto, random: systemRandom },
  "costs" as VerifierName,
  null,
);
if (registered.outcome !== "added") throw new Error(registered.outcome);
const basic = { Authorization: `Bearer ${registered.credential}` };
await sleep(3000);
const idle = await costOf(() => sleep(IDLE_MS));

row("a request", "statements", "rows", "log", "wire", "database", "server");
let subjects = 0;
const cookies: string[] = [];
const bearers: { access: string; refresh: string }[] = [];
await each("sign-in by password, cookie", 100, async (index) => {
  const answer = await send(
    "POST",
    "/login",
    {},
    { username: `user-${index}`, password: PASSWORD, transport: "cookie" },
  );
  cookies.push(answer.headers.get("set-cookie")!.split(";", 1)[0]!);
});
await each("sign-in checked by the application", EACH, async () => {
  const user = { subject: `subject-${subjects}`, username: `name-${subjects++}`, roles: ["user"] };
  const answer = await cf.signIn(new Request(`${ISSUER}/own`, { method: "POST" }), user, { transport: "bearer" });
  const { access_token: access, refresh_token: refresh } = (await answer.json()) as Record<string, string>;
  bearers.push({ access: access!, refresh: refresh! });
});
for (let index = 0; index < EACH; index++) {
  const user = { subject: `cookie-${index}`, username: `cookie-${index}`, roles: ["user"] };
  const answer = await cf.signIn(new Request(`${ISSUER}/own`, { method: "POST" }), user, { transport: "cookie" });
  cookies.push(answer.headers.get("set-cookie")!.split(";", 1)[0]!);
}
services.cache.clear();
await each("cookie, first seen by this server", cookies.length, (index) => me(cookies[index]!));
await each("cookie, seen before", 3000, (index) => me(cookies[index % cookies.length]!));
await each("refresh by refresh token", EACH, async (index) => {
  const answer = await send("POST", "/refresh", { Authorization: `Bearer ${bearers[index]!.refresh}` });
  bearers[index]!.refresh = ((await answer.json()) as { refresh_token: string }).refresh_token;
});
await each("the same within half a minute", EACH, async (index) => {
  await send("POST", "/refresh", { Authorization: `Bearer ${bearers[index]!.refresh}` });
});
await each("refresh by cookie", cookies.length, async (index) => {
  await send("POST", "/refresh", own(cookies[index]!));
});
await each("introspection", EACH, async (index) => {
  const body = new URLSearchParams({ token: bearers[index]!.access });
  const answer = await cf.fetch(new Request(`${ISSUER}/oauth/introspect`, { method: "POST", headers: basic, body }));
  if (!answer.ok) throw new Error(`introspection was answered ${answer.status}`);
});
await database.query("update counterfoil.sessions set last_active_at = last_active_at - 120000");
const { rows: sids } = { rows: await database.query<{ sid: string }>("select sid from counterfoil.sessions") };
await each("activity written, once a minute", Math.min(EACH, sids.length), async (index) => {
  await services.ledger.touchSession(sids[index]!.sid as Sid);
});
await each("log out", EACH, async (index) => {
  await send("POST", "/logout", own(cookies[index]!));
});
print(
  "a server by itself, each second",
  mapped((key) => idle[key] / idle.seconds),
);

function me(cookie: string): Promise<Response> {
  return send("GET", "/me", own(cookie));
}

function own(cookie: string): Record<string, string> {
  return { Cookie: cookie, "Sec-Fetch-Site": "same-origin" };
}

async function send(method: string, path: string, headers: Record<string, string>, body?: object): Promise<Response> {
  const request = new Request(`${ISSUER}${path}`, {
    method,
    headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  // An address each, so that none of the limits by address is what is measured.
  const answer = await cf.fetch(request, { remoteAddress: `10.0.${(subjects >> 8) & 255}.${subjects++ & 255}` });
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
  return answer;
}

async function each(name: string, count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  const all = await costOf(async () => {
    for (let index = 0; index < count; index++) await act(index);
  });
  const share = (key: keyof Cost) => Math.max(0, all[key] - (idle[key] * all.seconds) / idle.seconds) / count;
  print(name, mapped(share));
}

function mapped(cost: (key: keyof Cost) => number): Cost {
  const keys = Object.keys(idle) as (keyof Cost)[];
  return Object.fromEntries(keys.map((key) => [key, cost(key)])) as unknown as Cost;
}

function print(name: string, cost: Cost): void {
  const micro = (seconds: number) => `${(seconds * 1e6).toFixed(0)} µs`;
  const bytes = [cost.walBytes, cost.wireBytes].map((number) => `${number.toFixed(0)} B`);
  const times = [cost.databaseSeconds, cost.serverSeconds].map(micro);
  row(name, cost.statements.toFixed(2), cost.rows.toFixed(2), ...bytes, ...times);
}

async function costOf(act: () => Promise<unknown>): Promise<Cost> {
  const [before, wire, cpu, start] = [await counted(database), wireBytes(), process.cpuUsage(), performance.now()];
  await act();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const wired = wireBytes() - wire;
  const after = await counted(database);
  return {
    statements: after.statements - before.statements,
    rows: after.rows - before.rows,
    walBytes: after.walBytes - before.walBytes,
    wireBytes: wired,
    databaseSeconds: after.cpuSeconds - before.cpuSeconds,
    serverSeconds: (user + system) / 1e6,
    seconds,
  };
}

function wireBytes(): number {
  return sockets.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0);
}
