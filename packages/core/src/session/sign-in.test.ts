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
  setPassword,
} from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import { unsealHandle } from "../handle/handle.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { PasswordChecker } from "../password/check.ts";
import { parsePassword } from "../password/password.ts";
import { Places } from "../password/places.ts";
import { Turns } from "../password/turns.ts";
import type { Subject, User } from "../user/user.ts";
import { DEFAULT_LIFETIMES } from "./lifetimes.ts";
import type { SessionWish } from "./opener.ts";
import type { Authenticate, SignedIn, SignInParts } from "./sign-in.ts";
import { checkExternal, signIn } from "./sign-in.ts";

const keyring = keyringOf("first");
const BEARER: SessionWish = { transport: "bearer", remember: false, audience: null, deviceName: null };

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
    random: seededRandom("sign-in"),
    keyring,
    lifetimes: DEFAULT_LIFETIMES,
    places: changes.places ?? new Places({ concurrency: 1000, queueLimit: 0 }),
    passwords: new PasswordChecker(used, hash, new Turns(2)),
    authenticate: changes.authenticate,
  };
}

function attempt(
  parts: SignInParts,
  username: string,
  password: string,
  { wish = BEARER, addressBucket = "192.0.2.1" }: { wish?: SessionWish; addressBucket?: string | null } = {},
): Promise<SignedIn> {
  return signIn(parts, { username, password: parsePassword(password)!, addressBucket }, wish, context);
}

describe("a sign-in", () => {
  test("opens a session that its handle leads to", async () => {
    const signedIn = await attempt(partsOf(), "KAVYA", "password123");
    if (signedIn.outcome !== "signed_in") throw new Error(signedIn.outcome);
    expect(signedIn.session).toMatchObject({ subject: kavya.subject, username: "kavya", amr: ["pwd"], counter: 0 });
    expect(signedIn.now).toBe(clock.now());
    expect(unsealHandle(crypto, keyring, "refresh", signedIn.handle)?.counter).toBe(0);
    expect((await ledger.listSessions(kavya.subject)).map(({ sid }) => sid)).toEqual([signedIn.session.sid]);
  });

  test.each([
    ["cookie", false, "session", 43_200, 86_400],
    ["cookie", true, "session", 1_209_600, 2_592_000],
    ["bearer", false, "refresh", 1_209_600, 2_592_000],
    ["bearer", true, "refresh", 1_209_600, 2_592_000],
  ] as const)(
    "R001 by %s, remembered: %s, has its class's handle and clocks",
    async (transport, remember, kind, inactive, life) => {
      const wish = { transport, remember, audience: null, deviceName: null };
      const signedIn = await attempt(partsOf(), "kavya", "password123", { wish });
      if (signedIn.outcome !== "signed_in") throw new Error(signedIn.outcome);
      expect(unsealHandle(crypto, keyring, kind, signedIn.handle)).not.toBeNull();
      expect(signedIn.session).toMatchObject({
        transport,
        remember: remember && transport === "cookie",
        inactivitySeconds: inactive,
        expiresAt: clock.now() + life * 1000,
      });
    },
  );

  test("R014 R084 two of one user share nothing, and the handle holds nothing of its session", async () => {
    const parts = partsOf();
    const seen = new Set<string>();
    for (let index = 0; index < 20; index++) {
      const signedIn = await attempt(parts, "kavya", "password123");
      if (signedIn.outcome !== "signed_in") throw new Error(signedIn.outcome);
      const { locator } = unsealHandle(crypto, keyring, "refresh", signedIn.handle)!;
      const body = Buffer.from(signedIn.handle.slice(4), "base64url");
      const sid = Buffer.from(signedIn.session.sid.slice(4), "base64url");
      expect(sid).toHaveLength(16);
      expect(body.includes(sid)).toBe(false);
      const record = JSON.stringify(await ledger.readSession(signedIn.session.sid));
      for (const form of ["base64url", "base64", "hex"] as const) {
        expect(record).not.toContain(Buffer.from(locator).toString(form));
      }
      expect(record).not.toContain(signedIn.handle.slice(4, 20));
      seen.add(signedIn.session.sid).add(signedIn.handle).add(Buffer.from(locator).toString("hex"));
    }
    expect(seen.size).toBe(60);
  });

  test.each([
    ["wrong_password", "kavya", "password124", "usr_kavya"],
    ["unknown_user", "nobody", "password123", null],
    ["no_password", "invited", "password123", "usr_invited"],
    ["user_disabled", "arjun", "userpass", "usr_arjun"],
  ])("is refused as %s, and opens nothing", async (reason, username, password, subject) => {
    await addUser(ledger, "invited", null);
    const arjun = await addUser(ledger, "arjun", "userpass");
    await ledger.setDisabled({ subject: arjun.subject, disabled: true, context: null });
    expect(await attempt(partsOf(), username, password)).toEqual({ outcome: "refused", reason, subject });
    expect(await ledger.listSessions((subject ?? "nobody") as Subject)).toEqual([]);
  });
});

describe("what is decided while a password is checked", () => {
  test("R022 a disabled user does not get in", async () => {
    hash.work = async () => {
      hash.work = () => Promise.resolve();
      await ledger.setDisabled({ subject: kavya.subject, disabled: true, context: null });
    };
    expect(await attempt(partsOf(), "kavya", "password123")).toMatchObject({ reason: "user_disabled" });
    expect(hash.verifies).toBe(2);
  });

  test("R023 a changed password is checked again, and the old one is then wrong", async () => {
    hash.work = async () => {
      hash.work = () => Promise.resolve();
      await setPassword(ledger, kavya.subject, "phc:new");
    };
    expect(await attempt(partsOf(), "kavya", "password123")).toMatchObject({ reason: "wrong_password" });
    expect(await ledger.listSessions(kavya.subject)).toEqual([]);
  });

  test("changed roles are in the session that is opened after a second check", async () => {
    hash.work = async () => {
      hash.work = () => Promise.resolve();
      await ledger.setRoles({ subject: kavya.subject, roles: ["admin"], context: null });
    };
    expect(await attempt(partsOf(), "kavya", "password123")).toMatchObject({
      outcome: "signed_in",
      session: { roles: ["admin"], claimsVersion: 2 },
    });
    expect(hash.verifies).toBe(2);
  });

  test("a deleted user does not get in", async () => {
    hash.work = async () => {
      hash.work = () => Promise.resolve();
      await ledger.deleteUser({ subject: kavya.subject, context: null });
    };
    expect(await attempt(partsOf(), "kavya", "password123")).toEqual({
      outcome: "refused",
      reason: "unknown_user",
      subject: null,
    });
  });

  test("who changes faster than a password can be checked is a fault of ours, after four checks", async () => {
    let version = 0;
    hash.work = async () => {
      await ledger.setRoles({ subject: kavya.subject, roles: [`r${version++}`], context: null });
    };
    expect(await attempt(partsOf(), "kavya", "password123")).toEqual({ outcome: "overloaded" });
    expect(hash.verifies).toBe(4);
  });
});

describe("the limit of guesses", () => {
  test("R113 200 wrong passwords at once from one address cost 20 hashes, under every spelling of the name", async () => {
    const parts = partsOf();
    const names = ["kavya", "KAVYA", "Kavya", "\uff4bavya"];
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, index) => attempt(parts, names[index % 4]!, `wrong${index}`)),
    );
    expect(hash.verifies).toBe(20);
    expect(all.filter(({ outcome }) => outcome === "refused")).toHaveLength(20);
    const limited = all.filter((each) => each.outcome === "limited");
    expect(limited).toHaveLength(180);
    for (const { retryAfterSeconds } of limited) expect(retryAfterSeconds).toBe(15);
  });

  test("R113 counts names that nobody has all the same", async () => {
    const parts = partsOf();
    await Promise.all(Array.from({ length: 100 }, () => attempt(parts, "nobody", "x")));
    expect(hash.verifies).toBe(20);
  });

  test("R113 the attempt is taken before the hash, so that those who wait for one count", async () => {
    const { opened, open } = gate();
    hash.work = () => opened;
    const parts = partsOf();
    const all = Array.from({ length: 30 }, () => attempt(parts, "kavya", "wrong"));
    await settle();
    expect(hash.verifies).toBe(2);
    expect(await attempt(parts, "kavya", "wrong")).toMatchObject({ outcome: "limited" });
    open();
    expect((await Promise.all(all)).filter(({ outcome }) => outcome === "limited")).toHaveLength(10);
  });

  test("R005 a stranger elsewhere does not lock the owner out", async () => {
    const parts = partsOf();
    await Promise.all(Array.from({ length: 40 }, () => attempt(parts, "kavya", "x", { addressBucket: "203.0.113.9" })));
    expect(await attempt(parts, "kavya", "password123")).toMatchObject({ outcome: "signed_in" });
    expect(await attempt(parts, "kavya", "password123", { addressBucket: "203.0.113.9" })).toMatchObject({
      outcome: "limited",
    });
  });

  test("a right password gives the attempts back", async () => {
    const parts = partsOf();
    for (let index = 0; index < 19; index++) await attempt(parts, "kavya", "wrong");
    expect(await attempt(parts, "kavya", "password123")).toMatchObject({ outcome: "signed_in" });
    for (let index = 0; index < 19; index++) await attempt(parts, "kavya", "wrong");
    expect(await attempt(parts, "kavya", "password123")).toMatchObject({ outcome: "signed_in" });
  });

  test("one comes back every fifteen seconds", async () => {
    const parts = partsOf();
    for (let index = 0; index < 20; index++) await attempt(parts, "kavya", "wrong");
    clock.pass(14_999);
    expect(await attempt(parts, "kavya", "password123")).toEqual({
      outcome: "limited",
      limit: "password",
      retryAfterSeconds: 1,
    });
    clock.pass(1);
    expect(await attempt(parts, "kavya", "password123")).toMatchObject({ outcome: "signed_in" });
  });

  test("attempts that could not be given back do not undo the sign-in", async () => {
    const parts = partsOf({ ledger: over(ledger, { forgiveAttempts: () => Promise.reject(new StoreError("out")) }) });
    expect(await attempt(parts, "kavya", "password123")).toMatchObject({ outcome: "signed_in" });
  });

  test("a ledger that cannot count lets nobody guess, and refuses nobody", async () => {
    const parts = partsOf({ ledger: over(ledger, { takeAttempts: () => Promise.reject(new StoreError("out")) }) });
    await expect(attempt(parts, "kavya", "password123")).rejects.toThrow(StoreError);
    expect(hash.verifies).toBe(0);
  });

  test("R011 who finds no place is told overloaded, before an attempt is taken", async () => {
    const { opened, open } = gate();
    hash.work = () => opened;
    const parts = partsOf({ places: new Places({ concurrency: 1, queueLimit: 1 }) });
    const first = attempt(parts, "kavya", "password123");
    const waiting = attempt(parts, "kavya", "password123");
    await settle();
    expect(hash.verifies).toBe(1);
    for (let index = 0; index < 30; index++) {
      expect(await attempt(parts, "kavya", "password123")).toEqual({ outcome: "overloaded" });
    }
    open();
    expect(await first).toMatchObject({ outcome: "signed_in" });
    expect(await waiting).toMatchObject({ outcome: "signed_in" });
  });

  test("who waits for a place has taken no attempt yet", async () => {
    const { opened, open } = gate();
    hash.work = () => opened;
    const taken: unknown[] = [];
    const counted = over(ledger, {
      takeAttempts: (input) => {
        taken.push(input);
        return ledger.takeAttempts(input);
      },
    });
    const parts = partsOf({ ledger: counted, places: new Places({ concurrency: 1, queueLimit: 1 }) });
    const both = [attempt(parts, "kavya", "password123"), attempt(parts, "kavya", "password123")];
    await settle();
    expect(taken).toHaveLength(1);
    open();
    await Promise.all(both);
    expect(taken).toHaveLength(2);
  });
});

describe("the application's own users", () => {
  const directory: Authenticate = ({ username, password }) =>
    Promise.resolve(
      password === "right" ? { subject: "ext-1", roles: ["b", "a"], username: `Display ${username}` } : null,
    );

  test("come in as who the application says, with its roles, and get a row at the first time", async () => {
    const parts = partsOf({ authenticate: directory });
    expect(await attempt(parts, "meera", "right")).toMatchObject({
      outcome: "signed_in",
      session: { subject: "ext-1", roles: ["a", "b"], claimsVersion: 1 },
    });
    expect(await ledger.readUser("ext-1" as Subject)).toMatchObject({
      user: { username: "Display meera", roles: ["a", "b"] },
      passwordHash: null,
    });
    expect(hash.verifies).toBe(0);
  });

  test("are refused where the application says null, whatever our own users' passwords are", async () => {
    const parts = partsOf({ authenticate: directory });
    expect(await attempt(parts, "kavya", "password123")).toEqual({
      outcome: "refused",
      reason: "refused_by_application",
      subject: kavya.subject,
    });
    expect(await attempt(parts, "nobody", "wrong")).toMatchObject({ reason: "refused_by_application", subject: null });
  });

  test("R022 are refused when the ledger has disabled them, though the application accepts", async () => {
    const parts = partsOf({ authenticate: directory });
    await attempt(parts, "meera", "right");
    await ledger.setDisabled({ subject: "ext-1" as Subject, disabled: true, context: null });
    expect(await attempt(parts, "meera", "right")).toEqual({
      outcome: "refused",
      reason: "user_disabled",
      subject: "ext-1",
    });
  });

  test("by another name than the first are asked for a second time, since the row to read is known only then", async () => {
    let asked = 0;
    const counted: Authenticate = (credentials) => {
      asked++;
      return directory(credentials);
    };
    const parts = partsOf({ authenticate: counted });
    await attempt(parts, "meera", "right");
    expect(asked).toBe(1);
    await attempt(parts, "meera", "right");
    expect(asked).toBe(2);
    expect(await attempt(parts, "meera@example.com", "right")).toMatchObject({ session: { subject: "ext-1" } });
    expect(asked).toBe(4);
  });

  test("R022 disabled under another name while the application checks, do not get in", async () => {
    let disable = false;
    const parts = partsOf({
      authenticate: async (credentials) => {
        const user = await directory(credentials);
        if (disable) await ledger.setDisabled({ subject: "ext-1" as Subject, disabled: true, context: null });
        return user;
      },
    });
    await attempt(parts, "meera", "right");
    disable = true;
    expect(await attempt(parts, "alias", "right")).toMatchObject({ reason: "user_disabled" });
    expect(await ledger.listSessions("ext-1" as Subject)).toEqual([]);
  });

  test("who come for the first time twice at once both get in, as one user", async () => {
    const parts = partsOf({ authenticate: directory });
    const both = await Promise.all([attempt(parts, "meera", "right"), attempt(parts, "meera", "right")]);
    expect(both.map(({ outcome }) => outcome)).toEqual(["signed_in", "signed_in"]);
    expect(await ledger.listSessions("ext-1" as Subject)).toHaveLength(2);
  });

  test("R035 that were deleted never come back under the same subject", async () => {
    const parts = partsOf({ authenticate: directory });
    await attempt(parts, "meera", "right");
    await ledger.deleteUser({ subject: "ext-1" as Subject, context: null });
    expect(await attempt(parts, "meera", "right")).toEqual({
      outcome: "refused",
      reason: "unknown_user",
      subject: null,
    });
  });

  test("new roles of the application's make the older tokens of that user older", async () => {
    let roles = ["user"];
    const parts = partsOf({ authenticate: () => Promise.resolve({ subject: "ext-1", roles }) });
    await attempt(parts, "meera", "right");
    roles = ["admin"];
    expect(await attempt(parts, "meera", "right")).toMatchObject({ session: { roles: ["admin"], claimsVersion: 2 } });
  });

  test("whose check fails are refused nothing: the error is the application's", async () => {
    const parts = partsOf({ authenticate: () => Promise.reject(new Error("directory down")) });
    await expect(attempt(parts, "meera", "right")).rejects.toThrow("directory down");
  });

  test("an outage of the application's users uses up nobody's attempts", async () => {
    let out = true;
    const parts = partsOf({
      authenticate: (credentials) => (out ? Promise.reject(new Error("directory down")) : directory(credentials)),
    });
    for (let index = 0; index < 50; index++) {
      await expect(attempt(parts, "meera", "right")).rejects.toThrow("directory down");
    }
    out = false;
    expect(await attempt(parts, "meera", "right")).toMatchObject({ outcome: "signed_in" });
  });

  test("R113 who can make the application fail gets no guess back that was one", async () => {
    const parts = partsOf({
      authenticate: (credentials) =>
        credentials.password === "fail" ? Promise.reject(new Error("too long")) : directory(credentials),
    });
    let guesses = 0;
    for (let index = 0; index < 100; index++) {
      await attempt(parts, "meera", "fail").catch(() => undefined);
      if ((await attempt(parts, "meera", "wrong")).outcome === "refused") guesses++;
    }
    expect(guesses).toBe(20);
  });

  test("an attempt that could not be given back does not hide why the check failed", async () => {
    const parts = partsOf({
      ledger: over(ledger, { returnAttempts: () => Promise.reject(new StoreError("out")) }),
      authenticate: () => Promise.reject(new Error("directory down")),
    });
    await expect(attempt(parts, "meera", "right")).rejects.toThrow("directory down");
  });

  test.each([
    ["an empty subject", { subject: "" }, /subject/],
    ["a subject with a control character", { subject: "a\n" }, /subject/],
    ["a number as subject", { subject: 7 as unknown as string }, /subject/],
    ["a text as roles", { subject: "a", roles: "admin" as unknown as string[] }, /roles/],
    ["a role with a space", { subject: "a", roles: ["an admin"] }, /roles/],
  ])("with %s are a bug of the application's", (_name, user, message) => {
    expect(() => checkExternal(user)).toThrow(TypeError);
    expect(() => checkExternal(user)).toThrow(message);
  });
});
