import type {
  CanonicalUsername,
  EventContext,
  Ledger,
  LocatorHash,
  NewSigningKey,
  OpenSession,
  PasswordCodeHash,
  Redeem,
  Redeemed,
  RevocationsRead,
  Session,
  Sid,
  Subject,
  User,
} from "@counterfoil/core";
import type { Revocation } from "@counterfoil/protocol";
import { expect } from "vitest";

let made = 0;
/** Names things apart, the same in each run. */
export const next = (): string => String(++made).padStart(6, "0");

export const DAY = 86_400;
export const INACTIVITY_SECONDS = 14 * DAY;
export const LIFETIME_SECONDS = 30 * DAY;

export function context(requestId = `req_${next()}`): EventContext {
  return { requestId, remoteAddress: "192.0.2.1", userAgent: "contract" };
}

export const subjectOf = (name: string) => `usr_${name}` as Subject;
export const nameOf = (name: string) => name as CanonicalUsername;
export const locatorOf = (sid: Sid) => `locator of ${sid}` as LocatorHash;

/** A user of our own with the password hash `hash`. */
export async function createUser(ledger: Ledger, roles: readonly string[] = ["user"]): Promise<User> {
  const name = `name${next()}`;
  const created = await ledger.createUser({
    subject: subjectOf(name),
    username: name.toUpperCase(),
    canonicalUsername: nameOf(name),
    passwordHash: "hash",
    roles,
    context: null,
  });
  if (created.outcome !== "created") throw new Error(`the user is ${created.outcome}`);
  return created.user;
}

export const codeOf = (name: string) => `hash of ${name}` as PasswordCodeHash;

/** A code for the user, good for a minute, as its hash. */
export async function issueCode(ledger: Ledger, subject: Subject, dropPassword = false): Promise<PasswordCodeHash> {
  const codeHash = codeOf(next());
  await ledger.issuePasswordCode({ subject, codeHash, ttlSeconds: 60, dropPassword, context: null });
  return codeHash;
}

/** Sets a user's password by a one-time code: all sessions end. */
export async function setPassword(ledger: Ledger, subject: Subject, passwordHash = "new"): Promise<void> {
  await ledger.redeemPasswordCode({ codeHash: await issueCode(ledger, subject), passwordHash, context: null });
}

export type OpenOptions = Partial<Omit<OpenSession, "user">>;

/** What opens a session for a known user, as it was read before the password was checked. */
export function opening(user: Pick<User, "subject" | "claimsVersion">, options: OpenOptions = {}): OpenSession {
  const sid = `ses_${next()}` as Sid;
  return {
    sid,
    locatorHash: locatorOf(sid),
    user: { kind: "known", subject: user.subject, claimsVersion: user.claimsVersion },
    username: "as typed",
    transport: "bearer",
    remember: false,
    clientId: "first-party",
    audience: null,
    amr: ["pwd"],
    inactivitySeconds: INACTIVITY_SECONDS,
    lifetimeSeconds: LIFETIME_SECONDS,
    sessionLimit: 50,
    deviceName: null,
    context: context(),
    ...options,
  };
}

export async function open(
  ledger: Ledger,
  user: Pick<User, "subject" | "claimsVersion">,
  options: OpenOptions = {},
): Promise<Session> {
  const opened = await ledger.openSession(opening(user, options));
  if (opened.outcome !== "opened") throw new Error(`the session is ${opened.outcome}`);
  return opened.session;
}

/** A user with one session. */
export async function signIn(
  ledger: Ledger,
  options: OpenOptions = {},
): Promise<{ user: User; session: Session; sid: Sid; subject: Subject }> {
  const user = await createUser(ledger);
  const session = await open(ledger, user, options);
  return { user, session, sid: session.sid, subject: user.subject };
}

export interface Presentation {
  readonly key?: string | null;
  readonly background?: boolean;
  readonly requestId?: string;
}

export function redeeming(sid: Sid, counter: number, { key, background, requestId }: Presentation = {}): Redeem {
  return {
    locatorHash: locatorOf(sid),
    counter,
    idempotencyKeyHash: key ?? null,
    background: background ?? false,
    context: context(requestId),
  };
}

export function redeem(ledger: Ledger, sid: Sid, counter: number, options: Presentation = {}): Promise<Redeemed> {
  return ledger.redeem(redeeming(sid, counter, options));
}

/** The counter that a redemption handed out. */
export function counterOf(redeemed: Redeemed): number {
  if (redeemed.outcome !== "rotated" && redeemed.outcome !== "repeated") {
    throw new Error(`the redemption was ${redeemed.outcome}`);
  }
  return redeemed.session.counter;
}

export function resolve(ledger: Ledger, sid: Sid, counter = 0) {
  return ledger.resolveSession({ locatorHash: locatorOf(sid), counter });
}

/** The types of a session's, or a user's, events in the order in which they were written. */
export async function eventTypes(ledger: Ledger, query: { sid?: Sid; subject?: Subject }): Promise<string[]> {
  return (await ledger.readEvents({ ...query, limit: 10_000 })).map((event) => event.body.type);
}

/** What the feed has told, from the beginning, without when and why. */
export async function revocations(ledger: Ledger): Promise<Revocation[]> {
  return facts(await ledger.readRevocations(null));
}

export function facts({ entries }: RevocationsRead): Revocation[] {
  return entries.map(({ event_timestamp: _at, reason: _why, ...fact }) => fact as Revocation);
}

export async function expectEnded(ledger: Ledger, sid: Sid, reason: string): Promise<void> {
  expect((await ledger.readSession(sid))?.endReason).toBe(reason);
}

export const signingKey = (kid: string, more: Partial<NewSigningKey> = {}): NewSigningKey => ({
  kid,
  algorithm: "ES256",
  publicJwk: `{"kid":"${kid}"}`,
  sealedKey: new Uint8Array([1, 2, 255]),
  secretVersion: 1,
  ...more,
});

/** Each key that is in the list, with its state. */
export async function keyStates(ledger: Ledger): Promise<string[]> {
  return (await ledger.listSigningKeys()).map(({ kid, state }) => `${kid} ${state}`);
}
