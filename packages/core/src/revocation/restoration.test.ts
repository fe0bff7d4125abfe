import { REVOCATION_TTL_SECONDS } from "@counterfoil/protocol";
import type { FeedEntry } from "@counterfoil/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { drain, KEPT_MS, namesOf, revokeKey, ToldRevocations } from "../../test/feed.ts";
import { addUser, context, crypto, FakeClock, keyringOf, openLedger, over, seededRandom } from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { DEFAULT_LIFETIMES } from "../session/lifetimes.ts";
import { openSession } from "../session/opener.ts";
import type { Session } from "../session/session.ts";
import { FeedLog } from "./feed-log.ts";
import { RevocationFollower } from "./follower.ts";
import type { RestoredRevocations } from "./restoration.ts";

let clock: FakeClock;
/** The two have the same history up to where the standby's ends. */
let primary: Ledger;
let standby: Ledger;
let sessions: Session[];

beforeEach(async () => {
  clock = new FakeClock();
  primary = await openLedger(clock, "primary");
  standby = await openLedger(clock, "standby");
  sessions = [];
  await both(async (ledger) => {
    sessions = [];
    for (const name of ["kavya", "arjun", "meera"]) {
      const { subject, claimsVersion } = await addUser(ledger, name, null);
      const opened = await openSession(
        { ledger, crypto, random: seededRandom(name), keyring: keyringOf("first"), lifetimes: DEFAULT_LIFETIMES },
        { kind: "known", subject, claimsVersion },
        { transport: "bearer", remember: false, audience: null, deviceName: null },
        { username: name, amr: ["pwd"] },
        context,
      );
      if (opened.outcome !== "opened") throw new Error(opened.outcome);
      sessions.push(opened.session);
    }
  });
});

async function both(decide: (ledger: Ledger) => Promise<unknown>): Promise<void> {
  await decide(primary);
  await decide(standby);
}

const end = (ledger: Ledger, { sid }: Session) =>
  ledger.revokeSession({ sid, subject: null, reason: "logout", context });
const endAll = (ledger: Ledger, { subject }: Session) =>
  ledger.revokeSessions({ subject, except: null, reason: "logout_all", context });
const endReasonOf = async ({ sid }: Session) => (await standby.readSession(sid))?.endReason;

/** A server, whose ledger is the one that is the primary now. */
function server(more: (ledger: Ledger) => Partial<Ledger> = () => ({})) {
  let current = primary;
  const restored: RestoredRevocations[] = [];
  const told = new ToldRevocations();
  const ledger = over(primary, {
    readRevocations: (cursor) => current.readRevocations(cursor),
    restoreRevocations: (entries) => current.restoreRevocations(entries),
  });
  const log: FeedLog = new FeedLog(
    { catchUp: () => follower.catchUp(), readBehind: (cursor) => follower.readBehind(cursor) },
    clock,
  );
  const follower = new RevocationFollower(over(ledger, more(ledger)), clock, {
    apply: (entry) => told.apply(entry),
    completed: (read) => log.append(read),
    remembered: () => log.remembered(),
    restored: (counts) => void restored.push(counts),
  });
  return { follower, log, told, restored, failOver: () => void (current = standby) };
}

const whole = async (log: FeedLog): Promise<FeedEntry[]> => drain(await log.open(null)).entries;

describe("a ledger that has lost its last commits", () => {
  test("R065 is given back what each server remembers of them, and tells it again as it was", async () => {
    await both((ledger) => end(ledger, sessions[0]!));
    const { follower, log, restored, failOver } = server();
    await follower.catchUp();
    await end(primary, sessions[1]!);
    await endAll(primary, sessions[2]!);
    await revokeKey(primary, "leaked");
    const before = await whole(log);
    clock.pass(60_000);
    failOver();
    await follower.catchUp();
    expect(restored).toEqual([{ sessions: 2, users: 1, keys: 0 }]);
    expect(await Promise.all(sessions.map(endReasonOf))).toEqual(["logout", "logout", "logout_all"]);
    expect(await standby.readUser(sessions[2]!.subject)).toMatchObject({ user: { claimsVersion: 2 } });
    const after = await whole(log);
    expect(new Set(after.map((entry) => JSON.stringify(entry)))).toEqual(
      new Set(before.map((entry) => JSON.stringify(entry))),
    );
    await follower.catchUp();
    expect(restored).toHaveLength(1);
  });

  test("R065 gets nothing where nothing was lost, also of what it has forgotten since", async () => {
    await both((ledger) => endAll(ledger, sessions[0]!));
    const { follower, log, restored, failOver } = server();
    await follower.catchUp();
    clock.pass((REVOCATION_TTL_SECONDS + 1) * 1000);
    await follower.catchUp();
    expect([...log.remembered()]).toHaveLength(1);
    failOver();
    await follower.catchUp();
    expect(restored).toEqual([]);
    expect((await standby.readRevocations(null)).entries).toEqual([]);
  });

  test("R132 what is remembered is the last 17 minutes, and keys", async () => {
    const { follower, log } = server();
    await end(primary, sessions[0]!);
    await revokeKey(primary, "leaked");
    await follower.catchUp();
    clock.pass(KEPT_MS);
    await follower.catchUp();
    expect([...log.remembered()].map(({ type }) => type)).toEqual(["key-revoked"]);
  });

  test("R021 is believed only once it has all back, and what it has decided since is known before", async () => {
    let out = true;
    const { follower, told, restored, failOver } = server((ledger) => ({
      restoreRevocations: async (entries) => {
        if (out) throw new StoreError("out of reach");
        return ledger.restoreRevocations(entries);
      },
    }));
    await end(primary, sessions[0]!);
    await follower.catchUp();
    failOver();
    await end(standby, sessions[1]!);
    clock.pass(2000);
    await expect(follower.catchUp()).rejects.toThrow(StoreError);
    expect(follower.fresh).toBe(false);
    expect(sessions.map(({ sid }) => told.isSessionRevoked(sid))).toEqual([true, true, false]);
    out = false;
    await follower.catchUp();
    expect(follower.fresh).toBe(true);
    expect(restored).toEqual([{ sessions: 1, users: 0, keys: 0 }]);
  });

  test("R065 three servers give it back together, each what it knows, and once", async () => {
    const servers = [server(), server(), server()];
    await end(primary, sessions[0]!);
    await Promise.all(servers.map(({ follower }) => follower.catchUp()));
    // The last one alone has heard of it.
    await endAll(primary, sessions[1]!);
    await servers[2]!.follower.catchUp();
    for (const { failOver } of servers) failOver();
    await Promise.all(servers.map(({ follower }) => follower.catchUp()));
    const all = servers.flatMap(({ restored }) => restored);
    expect(all.reduce((sum, each) => sum + each.sessions, 0)).toBe(2);
    expect((await standby.readRevocations(null)).entries).toHaveLength(2);
    expect(namesOf(await whole(servers[0]!.log)).size).toBe(2);
  });

  test("a thousand lost revocations go back in small batches", async () => {
    const sizes: number[] = [];
    const { follower, failOver, log } = server((ledger) => ({
      restoreRevocations: (entries) => {
        sizes.push(entries.length);
        return ledger.restoreRevocations(entries);
      },
    }));
    for (let at = 0; at < 1000; at++) await endAll(primary, sessions[at % 3]!);
    await follower.catchUp();
    failOver();
    await follower.catchUp();
    expect(sizes).toEqual(Array.from({ length: 10 }, () => 100));
    expect(await whole(log)).toHaveLength(1000);
    expect(await standby.readUser(sessions[0]!.subject)).toMatchObject({ user: { claimsVersion: 335 } });
  });

  test("a ledger that becomes another one in the middle is read again", async () => {
    await end(primary, sessions[0]!);
    let reads = 0;
    const { follower, failOver } = server((ledger) => ({
      readRevocations: async (cursor) => {
        const read = await ledger.readRevocations(cursor);
        return ++reads === 4 ? { ...read, timeline: "a third" } : read;
      },
    }));
    await follower.catchUp();
    failOver();
    clock.pass(2000);
    await expect(follower.catchUp()).rejects.toThrow(StoreError);
    expect(follower.fresh).toBe(false);
    await follower.catchUp();
    expect(follower.fresh).toBe(true);
  });
});
