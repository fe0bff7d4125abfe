import { encodeBase64Url } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import { canonicalUsername } from "../user/user.ts";
import type { AttemptLimit } from "./limit.ts";

// What strangers may ask for without a password. Each counts by the client's address, or its /64.

/** Ten registrations at once, then one a minute: each is a hash, and a row that stays. */
export function registerAttempts(addressBucket: string): AttemptLimit {
  return { key: `register:${addressBucket}`, burst: 10, refillSeconds: 60 };
}

/** Twenty one-time codes at once, then four a minute. They cannot be guessed anyway: they have 128 random bits. */
export function codeAttempts(addressBucket: string): AttemptLimit {
  return { key: `code:${addressBucket}`, burst: 20, refillSeconds: 15 };
}

/** Ten resets at once, then one a minute. */
export function resetAttempts(addressBucket: string): AttemptLimit {
  return { key: `reset:${addressBucket}`, burst: 10, refillSeconds: 60 };
}

/**
 * Three messages to one account at once, then one in a quarter of an hour, whoever asks for them: so that nobody's
 * mailbox is flooded. The name is hashed: people type passwords into the wrong field.
 */
export function accountResetAttempts(crypto: Crypto, username: string): AttemptLimit {
  const whose = new TextEncoder().encode(canonicalUsername(username));
  return { key: `reset:${encodeBase64Url(crypto.sha256(whose))}`, burst: 3, refillSeconds: 15 * 60 };
}
