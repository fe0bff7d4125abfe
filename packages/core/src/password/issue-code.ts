import type { Crypto } from "../crypto.ts";
import type { EventContext } from "../events.ts";
import type { UserLedger } from "../ledger/users.ts";
import type { Random } from "../random.ts";
import type { Subject } from "../user/user.ts";
import type { PasswordCode } from "./code.ts";
import { hashPasswordCode, newPasswordCode, PASSWORD_CODE_TTL_SECONDS } from "./code.ts";

export interface IssuingParts {
  readonly ledger: Pick<UserLedger, "issuePasswordCode">;
  readonly crypto: Crypto;
  readonly random: Random;
}

export type CodeIssued =
  /** `expiresAt`: milliseconds since the epoch, by the ledger's clock. */
  | { readonly outcome: "issued"; readonly code: PasswordCode; readonly expiresAt: number }
  | { readonly outcome: "unknown" };

/**
 * Issues a code for a user; the one before it is good no more.
 *
 * @param dropPassword takes the password away at once and ends all sessions: somebody else knows it (NIST SP 800-63B §3.1.1.2)
 */
export async function issuePasswordCode(
  { ledger, crypto, random }: IssuingParts,
  subject: Subject,
  { dropPassword }: { readonly dropPassword: boolean },
  context: EventContext | null,
): Promise<CodeIssued> {
  const code = newPasswordCode(random);
  const codeHash = hashPasswordCode(crypto, code);
  const ttlSeconds = PASSWORD_CODE_TTL_SECONDS;
  const issued = await ledger.issuePasswordCode({ subject, codeHash, ttlSeconds, dropPassword, context });
  return issued.outcome === "issued" ? { ...issued, code } : issued;
}
