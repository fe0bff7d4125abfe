import type { EventContext } from "../events.ts";
import type { Proof, Reauthenticated } from "../session/reauthenticate.ts";
import { onPassword } from "../session/reauthenticate.ts";
import type { Session } from "../session/session.ts";
import type { SignInParts } from "../session/sign-in.ts";
import type { PasswordPolicy } from "./policy.ts";
import { checkNewPassword } from "./policy.ts";

export interface ChangingParts extends SignInParts {
  readonly policy: PasswordPolicy;
}

export type PasswordChange = Reauthenticated | { readonly outcome: "password_refused"; readonly sentence: string };

/**
 * Changes the password of whoever is signed in and knows the current one (ASVS V6.2.2, V6.2.3). The session stays,
 * re-authenticated; all others end. The rules come first, since a hash is dear, and say nothing about the current one.
 *
 * @param proof the current password, and the second factor where one is needed
 */
export async function changePassword(
  parts: ChangingParts,
  session: Session,
  proof: Proof,
  newText: string,
  context: EventContext,
): Promise<PasswordChange> {
  const checked = checkNewPassword(parts.policy, newText, session.username);
  if (checked.outcome === "refused") return { outcome: "password_refused", sentence: checked.sentence };
  if (checked.password === proof.password) {
    return { outcome: "password_refused", sentence: "The new password is the current one: choose another." };
  }
  const { sid, subject } = session;
  let passwordHash: string | null = null;
  return onPassword(parts, session, proof, context, async (proved) => {
    passwordHash ??= await parts.passwords.hash(checked.password);
    return parts.ledger.changePassword({
      sid,
      subject,
      presented: proof.presented,
      ...proved,
      passwordHash,
      context,
    });
  });
}
