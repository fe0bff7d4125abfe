import type { Password } from "./password.ts";
import { MAX_PASSWORD_LENGTH, parsePassword } from "./password.ts";

/** What a new password is held against. */
export interface PasswordPolicy {
  /** In code points. */
  readonly minLength: number;
  readonly productNames: readonly string[];
  isCommon(password: string): boolean;
}

export type NewPassword =
  | { readonly outcome: "accepted"; readonly password: Password }
  | { readonly outcome: "refused"; readonly sentence: string };

/** Whether a text may become the password of the user of that name (ASVS V6.2.1, V6.2.4). */
export function checkNewPassword(policy: PasswordPolicy, text: string, username: string): NewPassword {
  const password = parsePassword(text);
  if (password === null) return refused(`A password has at most ${MAX_PASSWORD_LENGTH} characters.`);
  if (Array.from(password).length < policy.minLength) {
    return refused(`A password has at least ${policy.minLength} characters: several words do well.`);
  }
  const folded = password.toLowerCase();
  if (folded === username.toLowerCase() || policy.productNames.includes(folded) || policy.isCommon(password)) {
    return refused("That password is one of the first that are guessed: choose another.");
  }
  return { outcome: "accepted", password };
}

function refused(sentence: string): NewPassword {
  return { outcome: "refused", sentence };
}
