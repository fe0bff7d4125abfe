import { beforeEach, describe, expect, test } from "vitest";
import {
  addUser,
  context,
  CountingHash,
  crypto,
  FakeClock,
  gate,
  keyringOf,
  openLedger,
  over,
  seededRandom,
  settle,
} from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { PasswordChecker } from "../password/check.ts";
import { parsePassword } from "../password/password.ts";
import { Places } from "../password/places.ts";
import { Turns } from "../password/turns.ts";
import type { User } from "../user/user.ts";
import { DEFAULT_LIFETIMES } from "./lifetimes.ts";
import { reauthenticate } from "./reauthenticate.ts";
import type { Session } from "./session.ts";
import type { Authenticate, SignInParts } from "./sign-in.ts";
import { signIn } from "./sign-in.ts";

let clock: FakeClock;
let ledger: Ledger;
let hash: CountingHash;
let kavya: User;

beforeEach(async () => {
  clock = new FakeClock();
  ledger = await openLedger(clock);
  hash = new CountingHash();
  kavya = await addUser(ledger, "kavya", "password123");
});

function partsOf(changes: { ledger?: Ledger; authenticate?: Authenticate; places?: Places } = {}): SignInParts {
  const used = changes.ledger ?? ledger;
  return {
    ledger: used,
    crypto,
    random: seededRandom("reauthenticate"),
    keyring: keyringOf("first"),
    lifetimes: DEFAULT_LIFETIMES,
    places: changes.places ?? new Places({ concurrency: 100, queueLimit: 0 }),
    passwords: new PasswordChecker(used, hash, new Turns(2)),
    authenticate: changes.authenticate,
  };
}

async function open(parts: SignInParts, username: string, password: string, transport: "cookie" | "bearer" = "cookie") {
  const wish = { transport, remember: false, audience: null, deviceName: null };
  const credentials = { username, password: parsePassword(password)!, addressBucket: "192.0.2.1" };
  const signedIn = await signIn(parts, credentials, wish, context);
  if (signedIn.outcome !== "signed_in") throw new Error(signedIn.outcome);
  return signedIn.session;
}

function prove(parts: SignInParts, session: Session, password: string, addressBucket = "192.0.2.1") {
  const presented = session.transport === "cookie" ? session.counter : undefined;
  return reauthenticate(parts, session, { password: parsePassword(password)!, addressBucket, presented }, context);
}

describe("re-authentication", () => {
  test.each([
    ["cookie", 1, 2],
    ["bearer", 0, 2],
  ] as const)(
    "R016 R026 by %s moves the time of proof; a cookie's old session token goes",
    async (transport, counter, version) => {
      const parts = partsOf();
      const session = await open(parts, "kavya", "password123", transport);
      clock.pass(600_000);
      expect(await prove(parts, session, "password123")).toMatchObject({
        outcome: "reauthenticated",
        now: clock.now(),
        session: { sid: session.sid, authTime: clock.now(), counter, claimsVersion: version },
      });
    },
  );

  test("by a wrong password is refused and moves nothing", async () => {
    const parts = partsOf();
    const session = await open(parts, "kavya", "password123");
    clock.pass(1000);
    expect(await prove(parts, session, "wrong")).toEqual({ outcome: "refused", reason: "wrong_password" });
    expect((await ledger.readSession(session.sid))?.session).toEqual(session);
  });

  test("R113 shares its limit with the sign-in", async () => {
    const parts = partsOf();
    const session = await open(parts, "kavya", "password123");
    const before = hash.verifies;
    const all = await Promise.all(Array.from({ length: 50 }, () => prove(parts, session, "wrong")));
    expect(hash.verifies - before).toBe(20);
    expect(all.filter(({ outcome }) => outcome === "limited")).toHaveLength(30);
    await expect(open(parts, "KAVYA", "password123")).rejects.toThrow("limited");
  });

  test("gives the attempts back once it succeeds, and stands though they could not be", async () => {
    const parts = partsOf({ ledger: over(ledger, { forgiveAttempts: () => Promise.reject(new StoreError("out")) }) });
    const session = await open(parts, "kavya", "password123");
    expect(await prove(parts, session, "password123")).toMatchObject({ outcome: "reauthenticated" });
    const healthy = partsOf();
    for (let index = 0; index < 30; index++) {
      const now = (await ledger.readSession(session.sid))!.session;
      expect(await prove(healthy, now, "password123")).toMatchObject({ outcome: "reauthenticated" });
    }
  });

  test("R023 checks the password again if something was decided meanwhile", async () => {
    const parts = partsOf();
    const session = await open(parts, "kavya", "password123");
    hash.work = async () => {
      hash.work = () => Promise.resolve();
      const { sid, subject, claimsVersion } = session;
      await ledger.changePassword({ sid, subject, claimsVersion, passwordHash: "phc:new", context });
    };
    expect(await prove(parts, session, "password123")).toEqual({ outcome: "refused", reason: "wrong_password" });
  });

  test("is told of a session that ended while the password was checked", async () => {
    const parts = partsOf();
    const session = await open(parts, "kavya", "password123");
    hash.work = async () => {
      await ledger.revokeSession({ sid: session.sid, subject: null, reason: "logout", context });
    };
    expect(await prove(parts, session, "password123")).toEqual({ outcome: "session_over" });
  });

  test("who changes faster than a password can be checked is a fault of ours, after four checks", async () => {
    const parts = partsOf();
    const session = await open(parts, "kavya", "password123");
    const before = hash.verifies;
    let version = 0;
    hash.work = async () => {
      await ledger.setRoles({ subject: kavya.subject, roles: [`r${version++}`], context: null });
    };
    expect(await prove(parts, session, "password123")).toEqual({ outcome: "overloaded" });
    expect(hash.verifies - before).toBe(4);
  });

  test.each([
    ["cookie", [1, 1], 2],
    ["bearer", [0, 0], 3],
  ] as const)(
    "twice at once by %s: both prove presence, and both get the token that is current then",
    async (transport, counters, version) => {
      const parts = partsOf();
      const session = await open(parts, "kavya", "password123", transport);
      const both = await Promise.all([prove(parts, session, "password123"), prove(parts, session, "password123")]);
      const given = both.map((each) => (each.outcome === "reauthenticated" ? each.session.counter : each.outcome));
      expect(given.toSorted((left, right) => Number(left) - Number(right))).toEqual(counters);
      expect((await ledger.readSession(session.sid))?.session).toMatchObject({
        counter: counters[1],
        claimsVersion: version,
      });
      // The one that came second had its password checked again.
      expect(hash.verifies).toBe(1 + 3);
    },
  );

  test("R011 who finds no place is told overloaded, and no attempt is taken", async () => {
    const session = await open(partsOf(), "kavya", "password123");
    const { opened, open: release } = gate();
    hash.work = () => opened;
    const parts = partsOf({ places: new Places({ concurrency: 1, queueLimit: 0 }) });
    const first = prove(parts, session, "password123");
    await settle();
    for (let index = 0; index < 30; index++) {
      expect(await prove(parts, session, "password123")).toEqual({ outcome: "overloaded" });
    }
    release();
    expect(await first).toMatchObject({ outcome: "reauthenticated" });
  });

  test("of a deleted user is refused without a hash", async () => {
    const parts = partsOf();
    const session = await open(parts, "kavya", "password123");
    await ledger.deleteUser({ subject: kavya.subject, context: null });
    expect(await prove(parts, session, "password123")).toEqual({ outcome: "refused", reason: "unknown_user" });
  });
});

describe("re-authentication of the application's own users", () => {
  /** Knows people by what they type at the sign-in, and calls them otherwise. */
  const directory: Authenticate = ({ username, password }) => {
    if (password !== "right") return Promise.resolve(null);
    if (username === "meera@example.com") return Promise.resolve({ subject: "ext-1", username: "Meera N." });
    if (username === "ravi@example.com") return Promise.resolve({ subject: "ext-2" });
    return Promise.resolve(null);
  };

  test("asks by the name that was typed at the sign-in, whatever the application calls them", async () => {
    const parts = partsOf({ authenticate: directory });
    const session = await open(parts, "meera@example.com", "right");
    expect(await prove(parts, session, "right")).toMatchObject({ outcome: "reauthenticated" });
  });

  test("is refused where the application says null", async () => {
    const parts = partsOf({ authenticate: directory });
    const session = await open(parts, "meera@example.com", "right");
    expect(await prove(parts, session, "wrong")).toEqual({ outcome: "refused", reason: "refused_by_application" });
  });

  test("is refused where the application says that it is somebody else", async () => {
    const session = await open(partsOf({ authenticate: directory }), "meera@example.com", "right");
    const moved = partsOf({ authenticate: () => Promise.resolve({ subject: "ext-2" }) });
    expect(await prove(moved, session, "right")).toEqual({ outcome: "refused", reason: "refused_by_application" });
  });

  test("R022 is refused to a disabled user whom the application accepts", async () => {
    const session = await open(partsOf({ authenticate: directory }), "ravi@example.com", "right");
    // Disabled between the check of the session and this one, so that the session still looks live.
    const stale = over(ledger, {
      readUser: async (subject) => {
        const found = await ledger.readUser(subject);
        return found && { ...found, user: { ...found.user, disabled: true } };
      },
    });
    const parts = partsOf({ ledger: stale, authenticate: directory });
    expect(await prove(parts, session, "right")).toEqual({ outcome: "refused", reason: "user_disabled" });
  });
});
