import { encodeBase64Url } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import { PasswordUncheckable } from "../errors.ts";
import type { AttemptLedger, ForgiveAttempts, TakeAttempt, TakeAttempts } from "../ledger/attempts.ts";
import { canonicalUsername } from "../user/user.ts";
import type { Bucket } from "./bucket.ts";

/** Every limit, by its name, with which the keys of its buckets begin. `docs/limits.md` has the same numbers. */
export const LIMITS = {
  /** Passwords for one account from one address. */
  password: { burst: 20, refillSeconds: 15 },
  /** Wrong passwords from one address, for whatever accounts. */
  address: { burst: 100, refillSeconds: 5 },
  /** Wrong passwords in a row for one account, from wherever it is not known (NIST SP 800-63B §3.2.2: at most 100). */
  account: { burst: 100, refillSeconds: 600 },
  /** Registrations from one address, those that succeed too. */
  register: { burst: 20, refillSeconds: 180 },
  /** Requests for a new password from one address. */
  reset: { burst: 10, refillSeconds: 360 },
  /** Messages to one account, whoever asks for them: nobody's mailbox is flooded. */
  resetAccount: { burst: 3, refillSeconds: 900 },
  /** Wrong one-time codes from one address. */
  code: { burst: 20, refillSeconds: 15 },
  /** Forged session and refresh tokens from one address; see `ForgeryWatch`. */
  handle: { burst: 100, refillSeconds: 1 },
} as const satisfies Readonly<Record<string, Bucket>>;

export type LimitName = keyof typeof LIMITS;

/** How long an address stays known to the account that signed in from it. */
export const KNOWN_ADDRESS_SECONDS = 90 * 24 * 3600;

/** What an attempt counts against, and what becomes of it where the attempt succeeds. */
export interface AttemptLimit extends TakeAttempts {
  readonly success: Pick<ForgiveAttempts, "keys" | "known">;
}

export interface Limited {
  readonly outcome: "limited";
  /** Which limit it was: for the log, never for the answer. */
  readonly limit: LimitName;
  readonly retryAfterSeconds: number;
}

/**
 * What a guess at an account's password counts against: that account from that address, that address, and that
 * account. From an address that the account has signed in from the first alone counts: so neither a stranger elsewhere
 * nor one who sprays from the same office can lock the owner out. Names are hashed: people type passwords into the
 * wrong field, and the ledger must not keep them.
 *
 * @param addressBucket the client's address, or its /64; where it is `null`, the account alone counts
 */
export function accountAttempts(crypto: Crypto, username: string, addressBucket: string | null): AttemptLimit {
  const hashed = (...parts: readonly string[]) =>
    encodeBase64Url(crypto.sha256(new TextEncoder().encode(parts.join("\n"))));
  const name = canonicalUsername(username);
  const pair = hashed(name, addressBucket ?? "");
  const password = bucketOf("password", pair);
  if (addressBucket === null) return { buckets: [password], success: { keys: [password.key], known: null } };
  const account = bucketOf("account", hashed(name));
  const known = `known:${pair}`;
  return {
    buckets: [password],
    unlessKnown: { key: known, buckets: [account, bucketOf("address", addressBucket)] },
    success: { keys: [password.key, account.key], known: { key: known, seconds: KNOWN_ADDRESS_SECONDS } },
  };
}

/** Registrations count whatever comes of them: to be taken, and not given back. */
export const registerAttempts = (addressBucket: string | null) => addressAttempts("register", addressBucket);

/** Requests for a new password: as {@link registerAttempts}. */
export const resetAttempts = (addressBucket: string | null) => addressAttempts("reset", addressBucket);

/** Requests for a new password of one account, whoever makes them; hashed as in {@link accountAttempts}. */
export function accountResetAttempts(crypto: Crypto, username: string): AttemptLimit {
  const name = encodeBase64Url(crypto.sha256(new TextEncoder().encode(canonicalUsername(username))));
  return { buckets: [bucketOf("resetAccount", name)], success: { keys: [], known: null } };
}

/** Guesses at a one-time code: for {@link onAttempt}, since a right one is none. */
export const codeAttempts = (addressBucket: string | null) => addressAttempts("code", addressBucket);

/** Whoever has no address that could be believed shares one bucket with all others of that kind. */
function addressAttempts(name: LimitName, addressBucket: string | null): AttemptLimit {
  return { buckets: [bucketOf(name, addressBucket ?? "")], success: { keys: [], known: null } };
}

function bucketOf(name: LimitName, whose: string): TakeAttempt {
  return { key: `${name}:${whose}`, ...LIMITS[name] };
}

/**
 * What `check` gives, if there is an attempt left for it. One that `succeeded` is no guess: it is given back, and what
 * it proves forgiven. Where `check` throws, nothing was learnt, and the attempt is given back: an outage of the
 * application's users must not lock them out. That one and no more: whoever can make the application fail would else
 * clear the count of his guesses. So is one that `taughtNothing`. A password that could not be checked at all counts: that
 * lasts until the operator mends it, and is told of some accounts alone.
 */
export async function onAttempt<T>(
  ledger: AttemptLedger,
  limit: AttemptLimit,
  check: () => Promise<T>,
  succeeded: (checked: T) => boolean,
  taughtNothing: (checked: T) => boolean = () => false,
): Promise<T | Limited> {
  const attempt = await ledger.takeAttempts(limit);
  if (attempt.outcome === "limited") {
    const { outcome, key, retryAfterSeconds } = attempt;
    return { outcome, limit: limitOf(key), retryAfterSeconds };
  }
  let checked: T;
  try {
    checked = await check();
  } catch (error) {
    if (!(error instanceof PasswordUncheckable)) await giveBack(ledger, attempt.buckets);
    throw error;
  }
  if (succeeded(checked)) await forgive(ledger, limit, attempt.buckets);
  else if (taughtNothing(checked)) await giveBack(ledger, attempt.buckets);
  return checked;
}

/** Whatever becomes of this: a bucket fills up again by itself, and what is told is what the check gave. */
async function giveBack(ledger: AttemptLedger, taken: readonly TakeAttempt[]): Promise<void> {
  await ledger.returnAttempts(taken).catch(() => undefined);
}

/**
 * After a proof: what it proves is forgiven, and of the rest what was taken for it is given back, and no more: who
 * signs in to an account of his own must not win guesses at others by it. The proof stands, whatever becomes of this.
 *
 * @param taken none where the proof took no attempt, such as a one-time code for the password's limits
 */
export async function forgive(
  ledger: AttemptLedger,
  { success }: AttemptLimit,
  taken: readonly TakeAttempt[] = [],
): Promise<void> {
  const returned = taken.filter(({ key }) => !success.keys.includes(key));
  if (returned.length + success.keys.length === 0) return;
  await ledger.forgiveAttempts({ ...success, returned }).catch(() => undefined);
}

function limitOf(key: string): LimitName {
  return key.slice(0, key.indexOf(":")) as LimitName;
}
