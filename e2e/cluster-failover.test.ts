import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../packages/stores/test/database.ts";
import { ask } from "./support/cluster/ask.ts";
import type { Held } from "./support/cluster/cluster.ts";
import { Cluster } from "./support/cluster/cluster.ts";
import { Load } from "./support/cluster/load.ts";
import { follow } from "./support/feed.ts";
import { call } from "./support/http.ts";
import { startService } from "./support/service.ts";

const PATIENCE = { timeout: 30_000, interval: 20 };

let cluster: Cluster;
let credential: string;

beforeAll(async () => {
  cluster = await Cluster.start({ version: "15" });
  credential = await cluster.addVerifier("orders");
});

afterAll(() => cluster[Symbol.asyncDispose]());

const statuses = (path: string, method: string, presented: Parameters<typeof ask>[3]) =>
  Promise.all(cluster.nodes.map(async (node) => (await ask(node, method, path, presented)).status));
const readiness = () => statuses("/readyz", "GET", {});

/** A standby that has all that there is now. */
async function addStandby(name: string): Promise<Database> {
  const standby = cluster.own(await cluster.database.standby(name));
  const [now] = await cluster.database.query<{ lsn: string }>("SELECT pg_current_wal_lsn()::text AS lsn");
  await caughtUp(standby, now!.lsn);
  return standby;
}

async function caughtUp(standby: Database, lsn: string): Promise<void> {
  await expect
    .poll(async () => {
      const [row] = await standby.query<{ there: boolean }>("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS there", [
        lsn,
      ]);
      return row?.there;
    }, PATIENCE)
    .toBe(true);
}

async function promote(standby: Database): Promise<void> {
  const [promoted] = await standby.query<{ ok: boolean }>("SELECT pg_promote(true, 30) AS ok");
  expect(promoted?.ok).toBe(true);
}

test("R064 R065 a primary that is killed under load, its synchronous standby promoted: no acknowledged logout or rotation is lost, and a standby lets nobody in", async () => {
  const primary = cluster.database;
  const standby = await addStandby("next");
  await primary.query("ALTER SYSTEM SET synchronous_standby_names = 'next'");
  await primary.query("SELECT pg_reload_conf()");
  await expect
    .poll(
      async () => (await primary.query("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")).length,
      PATIENCE,
    )
    .toBe(1);
  const { timeline } = await cluster.withLedger((ledger) => ledger.readRevocations(null));
  const [late] = await cluster.openSessions(1, "cookie");
  await using load = await Load.start(cluster, { seed: 75 });
  await load.answers(150);
  // The standby has what it is sent on its disk, and shows it only later.
  await standby.query("SELECT pg_wal_replay_pause()");
  await expect
    .poll(
      async () => (await standby.query<{ s: string }>("SELECT pg_get_wal_replay_pause_state() AS s"))[0]?.s,
      PATIENCE,
    )
    .toBe("paused");
  // One server does not hear of it either.
  const [first, , deaf] = cluster.nodes;
  deaf!.link.cut();
  expect((await call(first!, "POST", "/logout", { cookie: late!.cookie })).status).toBe(204);
  await load.answers(50);

  await primary.kill();
  cluster.leadTo(standby);
  deaf!.link.heal();
  await expect.poll(readiness, PATIENCE).toEqual([503, 503, 503]);
  // Led to it too early, the servers believe nothing that it says: it does not know yet that somebody has left.
  for (let turn = 0; turn < 5; turn++) {
    expect((await ask(deaf!, "GET", "/me", { cookie: late!.cookie })).status).toBe(503);
  }
  await standby.query("SELECT pg_wal_replay_resume()");
  await promote(standby);
  await expect.poll(readiness, PATIENCE).toEqual([200, 200, 200]);
  await load.recovered();
  await load.settle();
  expect(await statuses("/me", "GET", { cookie: late!.cookie })).toEqual([401, 401, 401]);
  // No token was newer than the ledger, and nothing had to be given back to it.
  expect([await cluster.countOf("ledger_behind"), await cluster.countOf("revocations_restored")]).toEqual([0, 0]);
  expect((await cluster.withLedger((ledger) => ledger.readRevocations(null))).timeline).not.toBe(timeline);
});

test("R064 R065 R126 a standby that lost the last commits is promoted: nobody is signed out, whoever signed out stays so, and every reader notices the new history", async () => {
  const primary = cluster.database;
  const standby = await addStandby("behind");
  const bearers = await cluster.openSessions(8, "bearer");
  const leaving = await cluster.openSessions(3, "bearer");
  const leavingByCookie = await cluster.openSessions(2, "cookie");
  const [lsn] = await primary.query<{ lsn: string }>("SELECT pg_current_wal_lsn()::text AS lsn");
  await caughtUp(standby, lsn!.lsn);
  await using service = startService({ issuer: cluster.issuer, credential });
  await service.verifier.ready();
  await using stream = await follow(cluster, credential);
  await expect.poll(() => stream.receipts().length, PATIENCE).toBeGreaterThan(0);
  const timeline = stream.opening()?.timeline;
  expect(service.verifier.status.timeline).toBe(timeline);

  // From here on it receives nothing more.
  await standby.query("ALTER SYSTEM SET primary_conninfo = ''");
  await standby.query("SELECT pg_reload_conf()");
  await expect.poll(async () => (await primary.query("SELECT 1 FROM pg_stat_replication")).length, PATIENCE).toBe(0);
  const rotated: Held[] = [];
  for (const held of bearers) {
    const answer = await call(cluster, "POST", "/refresh", { token: held.refresh });
    rotated.push({
      ...held,
      access: String(answer.body["access_token"]),
      refresh: String(answer.body["refresh_token"]),
    });
  }
  for (const { refresh } of leaving)
    expect((await call(cluster, "POST", "/logout", { token: refresh })).status).toBe(204);
  for (const { cookie } of leavingByCookie)
    expect((await call(cluster, "POST", "/logout", { cookie })).status).toBe(204);
  for (const { access } of [...leaving, ...leavingByCookie]) {
    await expect.poll(() => service.check(access), PATIENCE).toBe("401 session_revoked");
    await expect.poll(() => statuses("/me", "GET", { token: access }), PATIENCE).toEqual([401, 401, 401]);
  }
  await primary.kill();
  cluster.leadTo(standby);
  await promote(standby);
  await expect.poll(readiness, PATIENCE).toEqual([200, 200, 200]);

  // Whoever left while it was not looking is refused by what the servers remember, and from now on by the ledger.
  for (const { access, refresh } of leaving) {
    expect(await statuses("/refresh", "POST", { token: refresh })).toEqual([401, 401, 401]);
    expect(await statuses("/me", "GET", { token: access })).toEqual([401, 401, 401]);
    expect(await service.check(access)).toMatch(/^(?:401 session_revoked|503 stale)$/);
  }
  for (const { cookie } of leavingByCookie) {
    expect(await statuses("/me", "GET", { cookie })).toEqual([401, 401, 401]);
    expect(await statuses("/refresh", "POST", { cookie })).toEqual([401, 401, 401]);
  }
  // Whoever rotated meanwhile holds a token that the ledger has never given, and goes on with it.
  for (const held of rotated) {
    const answers = await Promise.all(
      cluster.nodes.map((node) => ask(node, "POST", "/refresh", { token: held.refresh })),
    );
    expect(answers.map(({ status, body }) => [status, body["refresh_token"]])).toEqual(
      answers.map(() => [200, held.refresh]),
    );
    expect(await statuses("/me", "GET", { token: held.access })).toEqual([200, 200, 200]);
  }
  expect(await cluster.countOf("ledger_behind")).toBe(rotated.length);
  expect(await cluster.countOf("refresh_reused")).toBe(0);
  expect(await cluster.countOf("revocations_restored")).toBeGreaterThan(0);
  for (const { sid } of [...leaving, ...leavingByCookie]) {
    const [row] = await standby.query("SELECT end_reason FROM counterfoil.sessions WHERE sid = $1", [sid]);
    expect(row).toEqual({ end_reason: "logout" });
  }

  // Everybody who follows is told the new history from its beginning.
  await stream.ended;
  const place = stream.receipts().at(-1)!.place;
  await using again = await follow(cluster, credential, place);
  await expect.poll(() => again.receipts().length, PATIENCE).toBeGreaterThan(0);
  expect(again.opening()?.timeline).not.toBe(timeline);
  await expect.poll(() => service.verifier.status.timeline, PATIENCE).toBe(again.opening()?.timeline);
  await expect.poll(() => service.verifier.status.state, PATIENCE).toBe("fresh");
  for (const { access } of [...leaving, ...leavingByCookie]) {
    expect(await service.check(access)).toBe("401 session_revoked");
  }
  // A server that starts now remembers nothing: the ledger alone tells it.
  const [first] = cluster.nodes;
  await first!.kill();
  await first!.start();
  for (const { refresh } of leaving) {
    expect((await call(first!, "POST", "/refresh", { token: refresh })).body["code"]).toBe("invalid_grant");
  }
});
