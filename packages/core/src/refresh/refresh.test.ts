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
import { DEFAULT_LIFETIMES } from "../session/lifetimes.ts";
import { openSession } from "../session/opener.ts";
import type { Session } from "../session/session.ts";
import type { Refreshed, RefreshParts } from "./refresh.ts";
import { redeemRefreshToken } from "./refresh.ts";

const R = 30_000;
const keyring = keyringOf("first", "second");

let clock: FakeClock;
let ledger: Ledger;
let parts: RefreshParts;
let session: Session;
let token: string;
let asked: number;
let told: ToldRevocations;

beforeEach(async () => {
  clock = new FakeClock();
  ledger = await openLedger(clock);
  asked = 0;
  const counted = over(ledger, {
    redeem: (input) => {
      asked++;
      return ledger.redeem(input);
    },
  });
  const secrets = secretsOf(ledger, clock, "first", "second");
  told = new ToldRevocations();
  const follower = new RevocationFollower(ledger, clock, told);
  parts = { ledger: counted, claims: undefined, crypto, keyring, secrets, follower, revocations: told };
  ({ session, token } = await open("bearer"));
});

async function open(transport: "cookie" | "bearer", username = "kavya") {
  const user =
    (await ledger.readUser(`usr_${username}` as Session["subject"]))?.user ?? (await addUser(ledger, username, null));
  const opened = await openSession(
    { ledger, crypto, random: seededRandom(`${transport} ${username}`), keyring, lifetimes: DEFAULT_LIFETIMES },
    { kind: "known", subject: user.subject, claimsVersion: user.claimsVersion },
    { transport, remember: false, audience: null, deviceName: null },
    { username, amr: ["pwd"] },
    context,
  );
  if (opened.outcome !== "opened") throw new Error(opened.outcome);
  return { session: opened.session, token: opened.handle };
}

type ByToken = Exclude<Refreshed, { readonly outcome: "other_audience" }>;

async function redeem(presented: string, idempotencyKey: string | null = null, background = false): Promise<ByToken> {
  const refreshed = await redeemRefreshToken(parts, presented, { idempotencyKey, background }, context);
  if (refreshed.outcome === "other_audience") throw new Error(refreshed.outcome);
  return refreshed;
}

async function next(presented: string, key: string | null = null): Promise<string> {
  const refreshed = await redeem(presented, key);
  if (refreshed.outcome === "refused") throw new Error(refreshed.reason);
  return refreshed.handle;
}

describe("a refresh token", () => {
  test("R062 64 redemptions at once give one successor", async () => {
    const all = await Promise.all(Array.from({ length: 64 }, () => next(token)));
    expect(new Set(all).size).toBe(1);
    expect(all[0]).not.toBe(token);
    expect((await ledger.readSession(session.sid))?.session.counter).toBe(1);
  });

  test("R066 gives the same successor again inside R, and says which generation was presented", async () => {
    const successor = await next(token);
    clock.pass(R);
    expect(await redeem(token)).toMatchObject({ outcome: "repeated", presented: 0, handle: successor });
  });

  test("R061 R066 ends the session, and only that one, when it is presented outside R", async () => {
    const other = await open("bearer", "kavya2");
    const successor = await next(token);
    clock.pass(R + 1);
    const refused = { outcome: "refused", sid: session.sid, subject: session.subject };
    expect(await redeem(token)).toEqual({ ...refused, reason: "refresh_token_reused" });
    expect(await redeem(successor)).toMatchObject({ ...refused, reason: "session_over" });
    expect(await redeem(other.token)).toMatchObject({ outcome: "rotated" });
    const { entries } = await ledger.readRevocations(null);
    expect(entries).toMatchObject([{ type: "session-revoked", sid: session.sid, reason: "reuse" }]);
  });

  test("R065 with its key gets the unseen successor however late, and with another key ends the session", async () => {
    const successor = await next(token, "the token's own");
    clock.pass(1000 * R);
    expect(await next(token, "the token's own")).toBe(successor);
    clock.pass(R + 1);
    expect(await redeem(token, "another")).toMatchObject({ reason: "refresh_token_reused" });
  });

  test("R066 the key opens nothing outside R once the successor was seen", async () => {
    const successor = await next(token, "key");
    await next(successor);
    clock.pass(R + 1);
    expect(await redeem(token, "key")).toMatchObject({ reason: "refresh_token_reused" });
  });

  test("R064 a step of the clock revives nothing that was refused", async () => {
    const successor = await next(token);
    clock.pass(R + 1);
    await redeem(token);
    for (const step of [-1, -R, -10 * R, 20 * R]) {
      clock.step(step);
      for (const each of [token, successor]) expect(await redeem(each)).toMatchObject({ reason: "session_over" });
    }
  });

  test("R019 R069 is expired after its inactivity timeout, for good, also when the clock steps back", async () => {
    clock.pass(1_209_600_000);
    expect(await redeem(token)).toMatchObject({ outcome: "refused", reason: "session_expired" });
    clock.step(-1_209_600_000);
    expect(await redeem(token)).toMatchObject({ outcome: "refused", reason: "session_expired" });
  });

  test("R020 no refresh extends the absolute lifetime", async () => {
    let current = token;
    for (let day = 1; day < 30; day++) {
      clock.pass(86_400_000);
      const refreshed = await redeem(current);
      if (refreshed.outcome === "refused") throw new Error(refreshed.reason);
      expect(refreshed.session.expiresAt).toBe(session.expiresAt);
      expect(refreshed.session.authTime).toBe(session.authTime);
      current = refreshed.handle;
    }
    clock.pass(86_400_000);
    expect(await redeem(current)).toMatchObject({ reason: "session_expired" });
  });

  test("a refresh in the background is no activity", async () => {
    let current = token;
    for (let day = 1; day < 14; day++) {
      clock.pass(86_400_000);
      const refreshed = await redeem(current, null, true);
      if (refreshed.outcome === "refused") throw new Error(refreshed.reason);
      expect(refreshed.session.lastActiveAt).toBe(session.createdAt);
      current = refreshed.handle;
    }
    clock.pass(86_400_000);
    expect(await redeem(current, null, true)).toMatchObject({ reason: "session_expired" });
  });

  test("R068 forged, mistyped or of the other kind, is refused without asking the ledger", async () => {
    const cookie = await open("cookie", "kavya3");
    const stranger = sealHandle(crypto, keyringOf("stranger"), "refresh", seededRandom("x").bytes(16), 0);
    for (const forged of [
      "",
      "cfr_",
      token.slice(0, -1),
      `${token}A`,
      stranger,
      cookie.token,
      `cfr_${cookie.token.slice(4)}`,
    ]) {
      expect(await redeem(forged)).toEqual({
        outcome: "refused",
        reason: "forged_or_mistyped",
        sid: null,
        subject: null,
      });
    }
    expect(asked).toBe(0);
  });

  test("R068 with the right MAC on a locator that no session has is unknown", async () => {
    const stray = sealHandle(crypto, keyring, "refresh", seededRandom("stray").bytes(16), 0);
    expect(await redeem(stray)).toMatchObject({ outcome: "refused", reason: "unknown_session" });
  });

  test("a handle of a cookie's locator sealed as a refresh token opens nothing", async () => {
    const cookie = await open("cookie", "kavya3");
    const { locator } = unsealHandle(crypto, keyring, "session", cookie.token)!;
    const dressed = sealHandle(crypto, keyring, "refresh", locator, 0);
    expect(await redeem(dressed)).toMatchObject({ outcome: "refused", reason: "unknown_session" });
  });

  test("of an old secret is sealed again under the first at its next use", async () => {
    parts = { ...parts, keyring: { ...keyring, sealing: keyring.byVersion.get(2)! } };
    const successor = await next(token);
    expect(unsealHandle(crypto, keyring, "refresh", successor)?.secretVersion).toBe(2);
    expect(await next(token)).toBe(successor);
  });

  test("R065 ahead of the ledger heals it: the ledger has lost a commit, and nobody is signed out", async () => {
    const { locator } = unsealHandle(crypto, keyring, "refresh", token)!;
    const ahead = sealHandle(crypto, keyring, "refresh", locator, 7);
    expect(await redeem(ahead)).toMatchObject({ outcome: "repeated", handle: ahead, session: { counter: 7 } });
    const events = await ledger.readEvents({ sid: session.sid, limit: 100 });
    expect(events.at(-1)?.body).toEqual({ type: "ledger_behind", presented: 7, counter: 0 });
    clock.pass(R + 1);
    expect(await redeem(ahead)).toMatchObject({ outcome: "rotated", session: { counter: 8 } });
  });

  test("R063 mints nothing for a session that this process knows to be revoked, though the ledger has lost that", async () => {
    told.apply({ type: "session-revoked", sid: session.sid });
    expect(await redeem(token)).toMatchObject({ outcome: "refused", reason: "session_over", sid: session.sid });
  });

  test("R063 mints nothing by claims that this process knows to be old, and answers once the ledger has the new ones", async () => {
    told.apply({ type: "claims-changed", sub: session.subject, claims_version: 2 });
    await expect(redeem(token)).rejects.toThrow("lacks what it had told before");
    // As where somebody changes the roles just behind the redemption.
    await ledger.setRoles({ subject: session.subject, roles: ["admin"], context });
    expect(await redeem(token)).toMatchObject({ outcome: "repeated", session: { roles: ["admin"], counter: 1 } });
    const late = over(ledger, {
      redeem: async (input) => {
        const redeemed = await ledger.redeem(input);
        await ledger.setRoles({ subject: session.subject, roles: ["user"], context });
        await parts.follower.catchUp();
        return redeemed;
      },
    });
    parts = { ...parts, ledger: late };
    expect(await redeem(token)).toMatchObject({ session: { roles: ["user"], claimsVersion: 3 } });
    await ledger.revokeSession({ sid: session.sid, subject: null, reason: "logout", context });
    const lost = over(ledger, { redeem: async () => ({ outcome: "rotated", session, now: clock.now() }) });
    parts = { ...parts, ledger: lost };
    expect(await redeem(token)).toMatchObject({ outcome: "refused", reason: "session_over" });
  });

  test("a ledger out of reach is an error, and no refusal", async () => {
    parts = { ...parts, ledger: over(ledger, { redeem: () => Promise.reject(new StoreError("out of reach")) }) };
    await expect(redeem(token)).rejects.toThrow(StoreError);
  });

  test("R034 neither the token nor its key is in what the ledger tells", async () => {
    await next(token, "a very own key");
    const tells = JSON.stringify([
      await ledger.readSession(session.sid),
      await ledger.readEvents({ limit: 100 }),
      await ledger.readRevocations(null),
    ]);
    expect(tells).not.toContain("a very own key");
    expect(tells).not.toContain(token.slice(4, 26));
  });
});

describe("what the application adds to the access token that a refresh leads to", () => {
  test("is asked first, and where it fails nothing is redeemed: the same token is good when it is back", async () => {
    const cause = new Error("directory down");
    const claims = () => {
      throw cause;
    };
    parts = { ...parts, claims };
    await expect(redeem(token)).rejects.toMatchObject({ code: "unavailable", cause });
    expect(asked).toBe(0);
    clock.pass(10 * R);
    parts = { ...parts, claims: () => ({ tenant_id: "t" }) };
    expect(await redeem(token)).toMatchObject({ outcome: "rotated" });
  });

  test("is asked of the session, before it is presented and whatever its generation", async () => {
    const seen: Session[] = [];
    parts = { ...parts, claims: (of) => void seen.push(of) };
    await redeem(token);
    expect(seen).toEqual([session]);
  });

  test("is not asked of a session that is over, nor of none", async () => {
    const claims = () => {
      throw new Error("not to be asked");
    };
    parts = { ...parts, claims };
    await ledger.revokeSession({ sid: session.sid, subject: null, reason: "logout", context });
    expect(await redeem(token)).toMatchObject({ outcome: "refused", reason: "session_over" });
    expect(await redeem("cfr_mistyped")).toMatchObject({ outcome: "refused", reason: "forged_or_mistyped" });
    const unknown = sealHandle(crypto, keyring, "refresh", new Uint8Array(16), 0);
    expect(await redeem(unknown)).toMatchObject({ outcome: "refused", reason: "unknown_session" });
  });
});
