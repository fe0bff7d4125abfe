import { encodeBase64Url } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import type { AttemptLedger, AttemptTaken, TakeAttempt } from "../ledger/attempts.ts";
import { canonicalUsername } from "../user/user.ts";

export type AttemptLimit = TakeAttempt;

/** Twenty guesses at once, then four a minute, for one account from one address (NIST SP 800-63B §3.2.2). */
const BURST = 20;
const REFILL_SECONDS = 15;

/**
 * The bucket of password guesses at one account from one address. Counting by both keeps a stranger from locking the
 * owner out. The name is hashed: people type passwords into the wrong field, and the ledger must not keep them.
 *
 * @param addressBucket the client's address, or its /64
 */
export function accountAttempts(crypto: Crypto, username: string, addressBucket: string | null): AttemptLimit {
  const whose = new TextEncoder().encode(`${canonicalUsername(username)}\n${addressBucket ?? ""}`);
  return { key: `password:${encodeBase64Url(crypto.sha256(whose))}`, burst: BURST, refillSeconds: REFILL_SECONDS };
}

/**
 * What `check` gives, if there is an attempt left for it. Where it throws, nothing was learnt of the password, and the
 * attempt is given back: an outage of the application's users must not lock them out. That one and no more: whoever
 * can make the application fail would else clear the count of his guesses.
 */
export async function onAttempt<T>(
  ledger: AttemptLedger,
  limit: AttemptLimit,
  check: () => Promise<T>,
): Promise<T | Extract<AttemptTaken, { readonly outcome: "limited" }>> {
  const attempt = await ledger.takeAttempt(limit);
  if (attempt.outcome === "limited") return attempt;
  try {
    return await check();
  } catch (error) {
    await giveBack(ledger, limit);
    throw error;
  }
}

/** For an attempt that taught nothing. Whatever becomes of this: a bucket fills up again by itself. */
export async function giveBack(ledger: AttemptLedger, limit: AttemptLimit): Promise<void> {
  await ledger.returnAttempt(limit).catch(() => undefined);
}

/** After a right password. The proof stands, whatever becomes of this: a bucket fills up again by itself. */
export async function forgive(ledger: AttemptLedger, limit: AttemptLimit): Promise<void> {
  await ledger.forgiveAttempts(limit.key).catch(() => undefined);
}
