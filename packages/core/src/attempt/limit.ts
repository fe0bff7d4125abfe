import { encodeBase64Url } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import type { TakeAttempt } from "../ledger/attempts.ts";
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
