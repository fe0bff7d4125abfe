import { beforeEach, describe, expect, test } from "vitest";
import { ToldRevocations } from "../../test/feed.ts";
import {
  addUser,
  context,
  crypto,
  FakeClock,
  keyringOf,
  openLedger,
  over,
  secretsOf,
  seededRandom,
} from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import { sealHandle, unsealHandle } from "../handle/handle.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { RevocationFollower } from "../revocation/follower.ts";
import type { User } from "../user/user.ts";
import { ActivityRecorder } from "./activity.ts";
import { DEFAULT_LIFETIMES } from "./lifetimes.ts";
import { openSession } from "./opener.ts";
import { SessionResolver } from "./resolver.ts";
import { SessionCache } from "./session-cache.ts";
import type { Session } from "./session.ts";

const MINUTE = 60_000;
const keyring = keyringOf("first");

let clock: FakeClock;
let real: Ledger;
let ledger: Ledger;
let follower: RevocationFollower;
let cache: SessionCache;
let resolver: SessionResolver;
let told: ToldRevocations;
let activity: ActivityRecorder;
let user: User;
let session: Session;
let token: string;
let calls: string[];
let out: boolean;
/** Runs before the ledger's answer comes back: what happens in between. */
let meanwhile: () => Promise<void>;

beforeEach(async () => {
  clock = new FakeClock();
  real = await openLedger(clock);
  calls = [];
  out = false;
  meanwhile = () => Promise.resolve();
  const asked = async <T>(name: string, answer: () => Promise<T>): Promise<T> => {
    calls.push(name);
    if (out) throw new StoreError("out of reach");
    const result = await answer();
    await meanwhile();
    return result;
  };
  ledger = over(real, {
    resolveSession: (input) => asked("resolve", () => real.resolveSession(input)),
    touchSession: (sid) => asked("touch", () => real.touchSession(sid)),
    touchSessions: (touches) => asked(`touch ${touches.length}`, () => real.touchSessions(touches)),
    readSession: (sid) => asked("read", () => real.readSession(sid)),
    readRevocations: async (cursor) => {
      if (out) throw new StoreError("out of reach");
      return real.readRevocations(cursor);
    },
  });
  told = new ToldRevocations();
  follower = new RevocationFollower(ledger, clock, told);
  cache = new SessionCache(clock, told);
  const secrets = secretsOf(real, clock, "first");
  activity = new ActivityRecorder({ ledger, clock, onFault: () => undefined });
  resolver = new SessionResolver({
    ledger,
    crypto,
    keyring,
    secrets,
    clock,
    cache,
    follower,
    revocations: told,
    activity,
  });
  user = await addUser(real, "kavya", "password123");
  ({ session, token } = await open("cookie"));
  await follower.catchUp();
});

async function open(transport: "cookie" | "bearer", seed: string = transport) {
  const opened = await openSession(
    { ledger: real, crypto, random: seededRandom(seed), keyring, lifetimes: DEFAULT_LIFETIMES },
    { kind: "known", subject: user.subject, claimsVersion: user.claimsVersion },
    { transport, remember: false, audience: null, deviceName: null },
    { username: "kavya", amr: ["pwd"] },
    context,
  );
  if (opened.outcome !== "opened") throw new Error(opened.outcome);
  return { session: opened.session, token: opened.handle };
}

const revoke = () => real.revokeSession({ sid: session.sid, subject: null, reason: "logout", context });
const check = () => resolver.bySessionToken(token, "check");

describe("a session token", () => {
  test("is looked up once, and then answered from memory while that is fresh", async () => {
    expect(await check()).toMatchObject({ outcome: "live", session: { sid: session.sid, username: "kavya" } });
    expect(await check()).toMatchObject({ outcome: "live", session: { sid: session.sid } });
    expect(calls).toEqual(["resolve"]);
  });

  test("R068 that is forged, mistyped or of the other kind is refused without asking the ledger", async () => {
    const refresh = sealHandle(crypto, keyring, "refresh", seededRandom("cookie").bytes(16), 0);
    for (const forged of ["", "cfs_", `${token}A`, token.toUpperCase(), refresh, `cfs_${refresh.slice(4)}`]) {
      expect(await resolver.bySessionToken(forged, "check")).toEqual({
        outcome: "refused",
        reason: "forged_or_mistyped",
        sid: null,
        subject: null,
      });
    }
    expect(calls).toEqual([]);
  });

  test("R017 that was sealed for no session is refused and makes none", async () => {
    const stray = sealHandle(crypto, keyring, "session", seededRandom("stray").bytes(16), 0);
    for (let again = 0; again < 2; again++) {
      expect(await resolver.bySessionToken(stray, "check")).toMatchObject({ reason: "unknown_session", sid: null });
    }
    expect(calls).toEqual(["resolve", "resolve"]);
    expect(cache.size).toBe(0);
  });

  test("R021 is refused once the revocation is known, and no answer in memory says otherwise", async () => {
    await check();
    await revoke();
    await follower.catchUp();
    expect(await check()).toEqual({
      outcome: "refused",
      reason: "session_over",
      sid: session.sid,
      subject: user.subject,
    });
    expect(calls).toEqual(["resolve", "resolve"]);
  });

  test("R021 a read that began before a revocation never serves after it", async () => {
    meanwhile = async () => {
      meanwhile = () => Promise.resolve();
      await revoke();
      await follower.catchUp();
    };
    await check();
    expect(await check()).toMatchObject({ outcome: "refused", reason: "session_over" });
  });

  test("R021 a stale memory is not asked: the ledger is", async () => {
    await check();
    await revoke();
    clock.pass(1000);
    expect(follower.fresh).toBe(false);
    expect(await check()).toMatchObject({ outcome: "refused", reason: "session_over" });
  });

  test("a stale memory and no ledger is a fault of ours, not a refusal", async () => {
    await check();
    out = true;
    expect(await check()).toMatchObject({ outcome: "live" });
    clock.pass(1000);
    await expect(check()).rejects.toThrow(StoreError);
  });

  test("R063 a token is minted from the ledger's answer only, however fresh the memory is", async () => {
    await check();
    await revoke();
    expect(follower.fresh).toBe(true);
    expect(await resolver.bySessionToken(token, "mint")).toMatchObject({ outcome: "refused", reason: "session_over" });
  });

  test("R016 of before a re-authentication is refused once that is known", async () => {
    await check();
    const { claimsVersion, subject } = user;
    await real.reauthenticateSession({ sid: session.sid, subject, claimsVersion, context });
    await follower.catchUp();
    expect(await check()).toMatchObject({ outcome: "refused", reason: "superseded", sid: session.sid });
    const { locator } = unsealHandle(crypto, keyring, "session", token)!;
    const renewed = sealHandle(crypto, keyring, "session", locator, 1);
    expect(await resolver.bySessionToken(renewed, "check")).toMatchObject({ outcome: "live" });
  });

  test("R021 of a session that this process knows to be revoked is refused, though the ledger has lost that", async () => {
    told.apply({ type: "session-revoked", sid: session.sid });
    expect(await check()).toMatchObject({ outcome: "refused", reason: "session_over" });
    expect(await resolver.bySessionToken(token, "mint")).toMatchObject({ outcome: "refused", reason: "session_over" });
    expect(await resolver.bySid(session.sid)).toBeNull();
    expect(cache.size).toBe(0);
  });

  test("R021 of a user about whom the ledger has lost a decision is answered by nobody until that is back", async () => {
    told.apply({ type: "claims-changed", sub: user.subject, claims_version: 2 });
    await expect(check()).rejects.toThrow(StoreError);
    await expect(resolver.bySessionToken(token, "mint")).rejects.toThrow("lacks what it had told before");
    meanwhile = async () => {
      meanwhile = () => Promise.resolve();
      await real.setRoles({ subject: user.subject, roles: ["admin"], context });
    };
    expect(await resolver.bySessionToken(token, "mint")).toMatchObject({ session: { roles: ["admin"] } });
  });

  test("tells of changed roles once they are known, and stays live", async () => {
    await check();
    await real.setRoles({ subject: user.subject, roles: ["admin"], context });
    await follower.catchUp();
    expect(await check()).toMatchObject({ outcome: "live", session: { roles: ["admin"], claimsVersion: 2 } });
  });

  test("R019 R020 is refused when a clock of its session has run out, in memory too", async () => {
    await check();
    clock.pass(12 * 60 * MINUTE);
    await follower.catchUp();
    expect(await check()).toMatchObject({ outcome: "refused", reason: "session_over" });
    clock.step(-24 * 60 * MINUTE);
    expect(await resolver.bySessionToken(token, "mint")).toMatchObject({ outcome: "refused", reason: "session_over" });
  });
});

describe("what memory says at once", () => {
  test("R021 is a yes while it is fresh, and nothing else", async () => {
    expect(resolver.fromMemory(token, true)).toBeNull();
    await check();
    expect(resolver.fromMemory(token, true)?.sid).toBe(session.sid);
    clock.pass(MINUTE);
    expect(resolver.fromMemory(token, false)).toBeNull();
    await follower.catchUp();
    expect(resolver.fromMemory(token, false)?.sid).toBe(session.sid);
    expect(resolver.fromMemory(token, true)?.lastActiveAt).toBe(clock.now());
    expect(activity.waiting).toBe(1);
    await revoke();
    await follower.catchUp();
    expect(resolver.fromMemory(token, false)).toBeNull();
  });
});

describe("activity", () => {
  test("R019 is noted at most once a minute, and keeps the session alive", async () => {
    for (let minutes = 0; minutes < 30; minutes++) {
      clock.pass(MINUTE / 2);
      await follower.catchUp();
      await check();
      await activity.flush();
    }
    expect(calls.filter((name) => name === "touch 1")).toHaveLength(15);
    const record = await real.readSession(session.sid);
    expect(record?.session.lastActiveAt).toBe(session.createdAt + 15 * MINUTE);
  });

  test("of 50 users who click twice is one transaction, and no request waits for it", async () => {
    const { subject } = user;
    // One user has 50 sessions at the most.
    await revoke();
    const tokens: string[] = [];
    for (let at = 0; at < 50; at++) tokens.push((await open("cookie", `device ${at}`)).token);
    for (const each of tokens) await resolver.bySessionToken(each, "check");
    clock.pass(MINUTE);
    await follower.catchUp();
    calls = [];
    out = true;
    for (const each of [...tokens, ...tokens]) {
      expect(await resolver.bySessionToken(each, "check")).toMatchObject({ outcome: "live" });
      expect(resolver.fromMemory(each, true)?.lastActiveAt).toBe(clock.now());
    }
    expect(calls).toEqual([]);
    out = false;
    await activity.flush();
    expect(calls).toEqual(["touch 50"]);
    const sessions = await real.listSessions(subject);
    expect(sessions.filter(({ lastActiveAt }) => lastActiveAt === clock.now())).toHaveLength(50);
  });

  test("is not noted where the request is none", async () => {
    clock.pass(10 * MINUTE);
    await follower.catchUp();
    expect(await resolver.bySessionToken(token, "check", false)).toMatchObject({ outcome: "live" });
    await activity.flush();
    expect(calls).toEqual(["resolve"]);
    expect((await real.readSession(session.sid))?.session.lastActiveAt).toBe(session.createdAt);
  });

  describe("of a session that nobody has used for nearly as long as it lasts", () => {
    beforeEach(async () => {
      clock.pass(12 * 60 * MINUTE - 3 * MINUTE);
      await follower.catchUp();
      meanwhile = async () => {
        meanwhile = () => Promise.resolve();
        clock.pass(MINUTE);
        await follower.catchUp();
      };
      await resolver.bySessionToken(token, "check", false);
    });

    test("R019 is written at once", async () => {
      expect(resolver.fromMemory(token, true)).toBeNull();
      expect(await check()).toMatchObject({ session: { lastActiveAt: clock.now() } });
      expect(calls.at(-1)).toBe("touch");
      expect((await real.readSession(session.sid))?.session.lastActiveAt).toBe(clock.now());
      expect(resolver.fromMemory(token, true)).not.toBeNull();
    });

    test("that cannot be written is our trouble, and no refusal", async () => {
      out = true;
      expect(await check()).toMatchObject({ outcome: "live" });
      expect(calls.at(-1)).toBe("touch");
    });

    test("and has just ended is refused, and is forgotten", async () => {
      await revoke();
      expect(await check()).toMatchObject({ outcome: "refused", reason: "session_over" });
      expect(cache.size).toBe(0);
    });
  });
});

describe("the session of an access token", () => {
  test("R084 its public sid opens nothing where a session token is expected, in memory or not", async () => {
    const asToken = () => resolver.bySessionToken(session.sid, "check");
    expect(await asToken()).toMatchObject({ outcome: "refused", reason: "forged_or_mistyped" });
    await resolver.bySid(session.sid);
    expect(resolver.fromMemoryBySid(session.sid)?.sid).toBe(session.sid);
    expect(await asToken()).toMatchObject({ outcome: "refused", reason: "forged_or_mistyped" });
    expect(resolver.fromMemory(session.sid, false)).toBeNull();
  });

  test("is read once and then answered from memory", async () => {
    expect((await resolver.bySid(session.sid))?.sid).toBe(session.sid);
    expect((await resolver.bySid(session.sid))?.sid).toBe(session.sid);
    expect(calls).toEqual(["read"]);
  });

  test("R021 is none once it has ended, whether that is known here or not", async () => {
    await resolver.bySid(session.sid);
    await revoke();
    await follower.catchUp();
    expect(await resolver.bySid(session.sid)).toBeNull();
  });

  test("R021 is asked of the ledger while the memory is stale", async () => {
    await resolver.bySid(session.sid);
    await revoke();
    clock.pass(1000);
    expect(await resolver.bySid(session.sid)).toBeNull();
    out = true;
    await expect(resolver.bySid(session.sid)).rejects.toThrow(StoreError);
  });

  test("R019 R020 is none once a clock of it has run out, though nobody has written its end yet", async () => {
    clock.pass(12 * 60 * MINUTE - 1);
    await follower.catchUp();
    expect(await resolver.bySid(session.sid)).not.toBeNull();
    clock.pass(1);
    expect(await resolver.bySid(session.sid)).toBeNull();
    cache.delete(session.sid);
    expect(await resolver.bySid(session.sid)).toBeNull();
    expect((await real.readSession(session.sid))?.endedAt).toBeNull();
  });
});
