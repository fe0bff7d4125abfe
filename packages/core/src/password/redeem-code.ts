import type { Limited } from "../attempt/limit.ts";
import { accountAttempts, codeAttempts, forgive, onAttempt } from "../attempt/limit.ts";
import type { EventContext } from "../events.ts";
import type { Subject } from "../user/user.ts";
import type { ChangingParts } from "./change.ts";
import { hashPasswordCode, parsePasswordCode } from "./code.ts";
import type { PasswordCode } from "./code.ts";
import { checkNewPassword } from "./policy.ts";

export type CodeRedemption =
  | { readonly outcome: "set"; readonly subject: Subject }
  /** Used, late, replaced or never there: which of them is nobody's business. */
  | { readonly outcome: "unknown_code" }
  /** The code stays good, for a better password. */
  | { readonly outcome: "password_refused"; readonly sentence: string; readonly subject: Subject }
  | Limited
  | { readonly outcome: "overloaded" };

type RedeemingParts = Pick<ChangingParts, "ledger" | "crypto" | "places" | "passwords" | "policy">;

export interface PresentedCode {
  readonly code: string;
  readonly newText: string;
  /** What of the client's address the limits count by. */
  readonly addressBucket: string | null;
}

/** Sets a password by a one-time code. All the user's sessions end, and none is opened. */
export async function redeemPasswordCode(
  parts: RedeemingParts,
  { code: text, newText, addressBucket }: PresentedCode,
  context: EventContext,
): Promise<CodeRedemption> {
  const code = parsePasswordCode(text);
  if (code === null) return { outcome: "unknown_code" };
  return parts.places.run(() =>
    onAttempt(
      parts.ledger,
      codeAttempts(addressBucket),
      () => findAndRedeem(parts, code, { newText, addressBucket }, context),
      ({ outcome }) => outcome !== "unknown_code",
    ),
  );
}

async function findAndRedeem(
  { ledger, crypto, passwords, policy }: RedeemingParts,
  code: PasswordCode,
  { newText, addressBucket }: Omit<PresentedCode, "code">,
  context: EventContext,
): Promise<CodeRedemption> {
  const codeHash = hashPasswordCode(crypto, code);
  const user = await ledger.findPasswordCode(codeHash);
  if (user === null) return { outcome: "unknown_code" };
  const checked = checkNewPassword(policy, newText, user.username);
  if (checked.outcome === "refused") {
    return { outcome: "password_refused", sentence: checked.sentence, subject: user.subject };
  }
  const passwordHash = await passwords.hash(checked.password);
  const redeemed = await ledger.redeemPasswordCode({ codeHash, passwordHash, context });
  if (redeemed.outcome !== "set") return { outcome: "unknown_code" };
  // Whoever is locked out of the account is not locked out of the new password.
  await forgive(ledger, accountAttempts(crypto, user.username ?? user.subject, addressBucket));
  return redeemed;
}
