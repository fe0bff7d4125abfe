import type { EventContext } from "../events.ts";
import type { UserLedger } from "../ledger/users.ts";
import type { PasswordChecker } from "../password/check.ts";
import type { Password } from "../password/password.ts";
import type { PasswordPolicy } from "../password/policy.ts";
import { checkNewPassword } from "../password/policy.ts";
import type { Random } from "../random.ts";
import type { CanonicalUsername, Subject } from "./user.ts";
import { newSubject } from "./user.ts";
import { checkNewUsername } from "./username.ts";

export interface CreatingParts {
  readonly ledger: Pick<UserLedger, "createUser">;
  readonly random: Random;
  readonly passwords: Pick<PasswordChecker, "hash">;
  readonly policy: PasswordPolicy;
}

export interface NewUser {
  readonly username: string;
  /** `null` for a user who is to choose it by a one-time code. */
  readonly password: string | null;
}

export type NewUserChecked =
  | {
      readonly outcome: "accepted";
      readonly username: string;
      readonly canonicalUsername: CanonicalUsername;
      readonly password: Password | null;
    }
  | { readonly outcome: "username_refused" | "password_refused"; readonly sentence: string };

export type NewUserCreated = { readonly outcome: "created"; readonly subject: Subject } | { readonly outcome: "taken" };

/** Whether there may be such a user, by the rules alone: nothing is hashed, and nobody is asked. */
export function checkNewUser(policy: PasswordPolicy, { username: text, password }: NewUser): NewUserChecked {
  const named = checkNewUsername(text);
  if (named.outcome === "refused") return { outcome: "username_refused", sentence: named.sentence };
  if (password === null) return { ...named, password };
  const checked = checkNewPassword(policy, password, named.username);
  if (checked.outcome === "refused") return { outcome: "password_refused", sentence: checked.sentence };
  return { ...named, password: checked.password };
}

/**
 * Creates a user of our own. Whether the name is free is found out last, after the same work: whoever registers cannot
 * see it by the time that it takes (ASVS V6.3.8).
 */
export async function createUser(
  { ledger, random, passwords }: CreatingParts,
  { username, canonicalUsername, password }: Extract<NewUserChecked, { readonly outcome: "accepted" }>,
  roles: readonly string[],
  context: EventContext | null,
): Promise<NewUserCreated> {
  const passwordHash = password === null ? null : await passwords.hash(password);
  const subject = newSubject(random);
  const created = await ledger.createUser({ subject, username, canonicalUsername, passwordHash, roles, context });
  return created.outcome === "created" ? { outcome: "created", subject } : created;
}
