import type { AttemptLedger } from "../ledger/attempts.ts";
import type { Limited } from "../attempt/limit.ts";
import { onAttempt, registerAttempts } from "../attempt/limit.ts";
import type { EventContext } from "../events.ts";
import type { UserLedger } from "../ledger/users.ts";
import type { Places } from "../password/places.ts";
import type { CreatingParts, NewUserChecked, NewUserCreated } from "./create.ts";
import { checkNewUser, createUser } from "./create.ts";

export interface RegisteringParts extends CreatingParts {
  readonly ledger: Pick<UserLedger, "createUser"> & AttemptLedger;
  readonly places: Places;
}

export interface Registration {
  readonly username: string;
  readonly password: string;
  /** What of the client's address the limits count by. */
  readonly addressBucket: string | null;
}

/** `created` and `taken` must look the same from outside. */
export type Registered =
  | NewUserCreated
  | Exclude<NewUserChecked, { readonly outcome: "accepted" }>
  | Limited
  | { readonly outcome: "overloaded" };

/** A stranger makes himself a user, without any role; he is not signed in by it. */
export async function register(
  parts: RegisteringParts,
  { addressBucket, ...user }: Registration,
  context: EventContext,
): Promise<Registered> {
  const checked = checkNewUser(parts.policy, user);
  if (checked.outcome !== "accepted") return checked;
  return parts.places.run(() =>
    onAttempt(
      parts.ledger,
      registerAttempts(addressBucket),
      () => createUser(parts, checked, [], context),
      // Those that succeed count too: what they cost is the hash, and the row that stays.
      () => false,
    ),
  );
}
