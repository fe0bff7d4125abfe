/**
 * What the tables that grow cost, and whether partitions would help, on PostgreSQL: events deleted by batches as the
 * ledger does it beside a partition that is dropped; what partitions by week cost whoever writes and reads one session's
 * events; and, for sessions, how many redemptions touch no index (HOT), and how much larger the table is afterwards. From
 * the root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/postgres-partitions.ts
 */
import { postgresLedger } from "@counterfoil/stores/postgres";
import { Client } from "pg";
import { median, rounds, row } from "./measure.ts";
import { fillSchema } from "./postgres/fill.ts";
import { startPostgres } from "./postgres/server.ts";
import { startProcess } from "./process.ts";
import type { RedeemerResult } from "./processes/redeemer.ts";

const EVENTS = 200_000;
/** Events are kept for ninety days. */
const WEEKS = 13;
const BATCH = 500;
const SESSIONS = 5_000;
const PASSES = 4;
const READS = 400;
const INSERTS = 10_000;

await using database = await startPostgres({ autovacuum_naptime: "5s" });
await deletion();
await partitionedAccess();
await hotUpdates();

/** All events are old; the newest stays. */
async function deletion(): Promise<void> {
  await fillSchema(database, { schema: "plain", sessions: EVENTS, eventsOfEach: 1, endedSecondsAgo: 200 * 86_400 });
  await makePartitioned("weekly");
  await using ledger = postgresLedger({ url: database.url("schema=plain") });
  await ledger.open();
  // What it would do meanwhile is measured by itself.
  await database.query("alter table plain.events set (autovacuum_enabled = off)");
  const before = await walBytes();
  const start = performance.now();
  const spent: number[] = [];
  let deleted = 0;
  for (let batches = 0; batches < (EVENTS / BATCH) * 2; batches++) {
    const began = performance.now();
    const keep = { keepEndedSessionsSeconds: 10 * 365 * 86_400, keepEventsSeconds: 90 * 86_400 };
    const { events } = await ledger.purge({ limit: BATCH, ...keep });
    spent.push(performance.now() - began);
    deleted += events;
    if (events === 0) break;
  }
  const seconds = (performance.now() - start) / 1000;
  const bytes = (await walBytes()) - before;
  console.log(`${deleted} events of ${WEEKS} weeks`);
  row("", "a second", "WAL an event", "longest");
  const [rate, each, longest] = [deleted / seconds, bytes / deleted, Math.max(...spent)];
  row(`batches of ${BATCH}`, rate.toFixed(0), `${each.toFixed(0)} B`, `${longest.toFixed(0)} ms`);
  const [unclean, cleaning] = [await walBytes(), performance.now()];
  await database.query("vacuum plain.events");
  const [cleaned, cleaningMs] = [(await walBytes()) - unclean, performance.now() - cleaning];
  row("the vacuum behind them", (deleted / (cleaningMs / 1000)).toFixed(0), `${(cleaned / deleted).toFixed(0)} B`);
  const [wal, began] = [await walBytes(), performance.now()];
  const times: number[] = [];
  for (let week = 0; week < WEEKS; week++) {
    const one = performance.now();
    await database.query(`drop table weekly.events_${week}`);
    times.push(performance.now() - one);
  }
  const took = (performance.now() - began) / 1000;
  const dropped = ((await walBytes()) - wal) / EVENTS;
  row(
    "partitions dropped",
    (EVENTS / took).toFixed(0),
    `${dropped.toFixed(0)} B`,
    `${Math.max(...times).toFixed(0)} ms`,
  );
}

/** Events of thirteen weeks in a table of thirteen partitions, with the indexes that the ledger's has. */
async function makePartitioned(schema: string): Promise<void> {
  const week = 7 * 86_400_000;
  const parts = Array.from(
    { length: WEEKS },
    (_, at) =>
      `create table ${schema}.events_${at} partition of ${schema}.events for values from (${at * week}) to (${(at + 1) * week});`,
  );
  await database.query(`
    create schema ${schema};
    create table ${schema}.events (like plain.events including defaults) partition by range (at);
    alter table ${schema}.events add primary key (id, at);
    create index on ${schema}.events (at);
    create index on ${schema}.events (subject, id) where subject is not null;
    create index on ${schema}.events (sid, id) where sid is not null;
    create index on ${schema}.events (request_id) where request_id is not null;
    ${parts.join("\n")}
    insert into ${schema}.events
      select id, id % ${WEEKS} * ${week} + 1, type, details, subject, sid, request_id, remote_address, user_agent, actor
      from plain.events`);
  await database.query(`vacuum (analyze) ${schema}.events`);
}

/** What comes every day: an event is written, and the events of one session are read, which may be in any week. */
async function partitionedAccess(): Promise<void> {
  await database.query("drop schema plain cascade; drop schema weekly cascade");
  await fillSchema(database, { schema: "plain", sessions: EVENTS, eventsOfEach: 1 });
  await makePartitioned("weekly");
  const [{ sids }] = (await database.query<{ sids: string[] }>(
    `select array_agg(sid) as sids from (select sid from plain.events order by request_id limit ${READS}) as chosen`,
  )) as [{ sids: string[] }];
  const client = new Client({ host: "127.0.0.1", port: database.port, user: "postgres", database: "postgres" });
  await client.connect();
  const places = ["plain", "weekly"].map((schema) => ({ schema, reads: [] as number[], inserts: [] as number[] }));
  for (const { schema, reads, inserts } of rounds(places, 4)) {
    for (const sid of sids) {
      const start = performance.now();
      const text = `select * from ${schema}.events where sid = $1 order by id limit 1000`;
      await client.query({ name: `read ${schema}`, text, values: [sid] });
      reads.push((performance.now() - start) * 1000);
    }
    const start = performance.now();
    await client.query(`insert into ${schema}.events
      select nextval('plain.event_ids'), at, type, details, subject, sid, request_id, remote_address, user_agent, actor
      from ${schema}.events limit ${INSERTS}`);
    inserts.push(((performance.now() - start) * 1000) / INSERTS);
  }
  await client.end();
  console.log(`\n${EVENTS} events, in one table and in ${WEEKS} partitions`);
  row("", "one session's", "an insert");
  for (const { schema, reads, inserts } of places) {
    row(schema, `${median(reads).toFixed(0)} µs`, `${median(inserts).toFixed(1)} µs`);
  }
}

/** Redeems every token a few times, with the fill factor that the table has and with none. */
async function hotUpdates(): Promise<void> {
  // The disk's flush has no part in this, and takes most of the time.
  await database.query("alter database postgres set synchronous_commit = off");
  console.log(`\n${SESSIONS} sessions redeemed ${PASSES} times each`);
  row("", "HOT", "table before", "after", "indexes before", "after");
  for (const fillfactor of [80, 100]) {
    const schema = `fill${fillfactor}`;
    await fillSchema(database, { schema, sessions: 0, eventsOfEach: 0 });
    await database.query(`alter table ${schema}.sessions set (fillfactor = ${fillfactor})`);
    await fillSchema(database, { schema, sessions: SESSIONS, eventsOfEach: 0, plainTokens: true });
    const before = await sizes(schema);
    await redeemAll(schema);
    const [updated] = await database.query<{ updated: string; hot: string }>(
      `select n_tup_upd as updated, n_tup_hot_upd as hot from pg_stat_user_tables
        where relname = 'sessions' and schemaname = '${schema}'`,
    );
    const after = await sizes(schema);
    const share = Number(updated!.hot) / Math.max(1, Number(updated!.updated));
    const grown = [before.rows, after.rows, before.indexes, after.indexes].map(mib);
    row(`fill factor ${fillfactor}, ${updated!.updated} updates`, `${(share * 100).toFixed(1)} %`, ...grown);
  }
}

async function redeemAll(schema: string): Promise<void> {
  await using redeemer = await startProcess("redeemer", { url: database.url(`schema=${schema}&pool=16`) });
  for (let counter = 0; counter < PASSES; counter++) {
    // A token rotates once in half a minute: each pass is a minute later.
    await database.query(`create or replace function ${schema}.ledger_now() returns bigint language sql
      as $$ select floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ${counter * 60_000} $$`);
    const question = { from: 0, to: SESSIONS, counter, atOnce: 16, milliseconds: 60_000, untilDone: true };
    const { redeemed } = await redeemer.ask<RedeemerResult>(question);
    if (redeemed < SESSIONS) throw new Error(`only ${redeemed} were redeemed in a minute`);
  }
  // What a connection has counted is told when it ends; and autovacuum, which wakes every few seconds, has had its turn.
  await redeemer[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, 12_000));
}

async function sizes(schema: string): Promise<{ readonly rows: number; readonly indexes: number }> {
  const [of] = await database.query<{ rows: string; indexes: string }>(
    `select pg_table_size('${schema}.sessions') as rows, pg_indexes_size('${schema}.sessions') as indexes`,
  );
  return { rows: Number(of!.rows), indexes: Number(of!.indexes) };
}

function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

async function walBytes(): Promise<number> {
  const [of] = await database.query<{ bytes: string }>("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes");
  return Number(of!.bytes);
}
