/**
 * How long an administrator waits for a page of users, and for the last hour in numbers, on SQLite with 1,000,000 users
 * and 250,000 events of that hour: over HTTP, one request after the other, beside a bare request to the same server in
 * turn. From the root of the repository (it writes some 400 MB below `TMPDIR`):
 *
 *     npx node --conditions=@counterfoil/source bench/user-search.ts
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock, userCursor } from "@counterfoil/core";
import type { CanonicalUsername, Subject } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { median, percentile, rounds, row, verdict } from "./measure.ts";
import { freePort, temporaryDirectory } from "./place.ts";
import { startProcess } from "./process.ts";
import type { OpenedSession } from "./processes/counterfoil.ts";

const USERS = 1_000_000;
const EVENTS = 250_000;
const ROUNDS = 200;
const WARM_UP = 20;
const TARGET_MS = 100;

await using directory = await temporaryDirectory();
const path = join(directory.path, "counterfoil.db");
const started = performance.now();
await fill();
console.log(`${USERS} users and ${EVENTS} events written in ${((performance.now() - started) / 1000).toFixed(0)} s`);
const subjects = deepSubjects();

const port = await freePort();
await using server = await startProcess("counterfoil", { ledger: `sqlite:${path}`, port });
const [admin] = await server.ask<OpenedSession[]>({ open: 1, transport: "bearer", roles: ["admin"] });

/** Another one each time, and the same in each run. */
let state = 7;
const next = (below: number) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state % below;
};
const userName = () => `user-${next(USERS)}`;
const byName = () => userCursor({ by: "name", name: userName() as CanonicalUsername });
const byCreation = () => userCursor({ by: "creation", ...subjects[next(subjects.length)]! });

interface Contender {
  readonly name: string;
  readonly path: () => string;
  readonly times: number[];
}
const contender = (name: string, at: () => string): Contender => ({ name, path: at, times: [] });
const pages = [
  contender("the newest 50", () => "/admin/users"),
  contender("50 behind any of them", () => `/admin/users?cursor=${byCreation()}`),
  contender("search by a whole name", () => `/admin/users?search=${userName()}`),
  contender("search by a short prefix", () => `/admin/users?search=user-${next(10)}`),
  contender("a deep page of a search", () => `/admin/users?search=user-&cursor=${byName()}`),
  contender("search that finds nobody", () => `/admin/users?search=nobody-${next(USERS)}`),
];
const bare = contender("bare request", () => "/unchecked");
const contenders = [bare, ...pages];

const first = await timed("/admin/activity");
const second = await timed("/admin/activity");
for (const one of rounds(contenders, WARM_UP)) await timed(one.path());
for (const one of rounds(contenders, ROUNDS)) one.times.push(await timed(one.path()));

row("", "p50, ms", "p95, ms");
for (const { name, times } of contenders) row(name, median(times).toFixed(2), percentile(times, 0.95).toFixed(2));
row("the last hour, first look", first.toFixed(0));
row("the last hour, second look", second.toFixed(0));
for (const { name, times } of pages) {
  const p95 = percentile(times, 0.95);
  verdict(`${name}: p95 ${p95.toFixed(1)} ms (target ${TARGET_MS})`, p95 < TARGET_MS);
}

async function timed(at: string): Promise<number> {
  const start = performance.now();
  const answer = await fetch(`http://localhost:${port}${at}`, {
    headers: { Authorization: `Bearer ${admin!.access}` },
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`${at}: ${answer.status}`);
  return performance.now() - start;
}

/** By SQL: to add a million by the transition takes a quarter of an hour. */
async function fill(): Promise<void> {
  const ledger = sqliteLedger({ path, clock: systemClock });
  await ledger.open();
  using database = new DatabaseSync(path);
  const now = systemClock.now();
  const numbers = (count: number) => `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ${count})`;
  database.exec(`PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;
    INSERT INTO users (subject, username, canonical_username, roles, claims_version, disabled, created_at)
      ${numbers(USERS)} SELECT 'usr_' || hex(randomblob(11)), 'user-' || i, 'user-' || i, '["user"]', 1, 0, ${now} - i FROM n;
    INSERT INTO events (at, type, details, subject, request_id, remote_address, user_agent)
      ${numbers(EVENTS)} SELECT ${now} - 3000000 + i * 10, 'refresh_rotated', '{"counter":1,"background":false}',
        'usr_' || (i % 5000), 'req_' || i, '192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101' FROM n;
    PRAGMA wal_checkpoint(TRUNCATE)`);
  await ledger[Symbol.asyncDispose]();
}

/** Of users from everywhere in the list. */
function deepSubjects(): readonly { readonly createdAt: number; readonly subject: Subject }[] {
  using database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare("SELECT subject, created_at FROM users WHERE rowid % 1000 = 7").all();
  return rows.map((one) => ({ createdAt: Number(one["created_at"]), subject: String(one["subject"]) as Subject }));
}
