import { accountAttempts, onAttempt } from "../attempt/limit.ts";
import type { Limited } from "../attempt/limit.ts";
import type { EventContext } from "../events.ts";
import type { SessionReauthenticated } from "../ledger/sessions.ts";
import type { Password } from "../password/password.ts";
import type { Session } from "./session.ts";
import type { Credentials, SignInParts, SignInRefusal } from "./sign-in.ts";
import { ROUNDS } from "./sign-in.ts";

export type Reauthenticated =
  | { readonly outcome: "reauthenticated"; readonly session: Session; readonly now: number }
  | { readonly outcome: "refused"; readonly reason: SignInRefusal }
  | { readonly outcome: "session_over" }
  | Limited
  | { readonly outcome: "overloaded" };

export interface Proof extends Pick<Credentials, "password" | "addressBucket"> {
  /** The generation of the session token that came with it; none where an access token came. */
  readonly presented: number | undefined;
}

/** Proves presence again within a session (ASVS V7.5.1): by the same check, and the same limits, as a sign-in. */
export function reauthenticate(
  parts: SignInParts,
  session: Session,
  proof: Proof,
  context: EventContext,
): Promise<Reauthenticated> {
  const { sid, subject } = session;
  return onPassword(parts, session, proof, (claimsVersion) =>
    parts.ledger.reauthenticateSession({ sid, subject, claimsVersion, presented: proof.presented, context }),
  );
}

/**
 * Does `transition` on the strength of the user's password, checked against what the ledger held at `claimsVersion`; if
 * that has moved meanwhile, both again.
 */
export function onPassword(
  parts: SignInParts,
  session: Session,
  { password, addressBucket }: Proof,
  transition: (claimsVersion: number) => Promise<SessionReauthenticated>,
): Promise<Reauthenticated> {
  const limit = accountAttempts(parts.crypto, session.username ?? session.subject, addressBucket);
  return parts.places.run(() =>
    onAttempt(
      parts.ledger,
      limit,
      () => checkAndDo(parts, session, password, transition),
      ({ outcome }) => outcome === "reauthenticated",
    ),
  );
}

async function checkAndDo(
  parts: SignInParts,
  session: Session,
  password: Password,
  transition: (claimsVersion: number) => Promise<SessionReauthenticated>,
): Promise<Reauthenticated> {
  for (let round = 0; round < ROUNDS; round++) {
    const checked = await check(parts, session, password);
    if (checked.outcome === "wrong") return { outcome: "refused", reason: checked.reason };
    const moved = await transition(checked.claimsVersion);
    switch (moved.outcome) {
      case "claims_moved":
        continue;
      case "ended":
      case "unknown":
        return { outcome: "session_over" };
      case "reauthenticated":
        return moved;
    }
  }
  return { outcome: "overloaded" };
}

type Checked =
  | { readonly outcome: "right"; readonly claimsVersion: number }
  | { readonly outcome: "wrong"; readonly reason: SignInRefusal };

async function check(parts: SignInParts, session: Session, password: Password): Promise<Checked> {
  const before = await parts.ledger.readUser(session.subject);
  if (before === null) return { outcome: "wrong", reason: "unknown_user" };
  if (parts.authenticate === undefined) {
    const checked = await parts.passwords.checkUser(before, password);
    return checked.outcome === "right" ? { outcome: "right", claimsVersion: checked.user.claimsVersion } : checked;
  }
  const external = await parts.authenticate({ username: session.username ?? session.subject, password });
  if (external?.subject !== session.subject) return { outcome: "wrong", reason: "refused_by_application" };
  if (before.user.disabled) return { outcome: "wrong", reason: "user_disabled" };
  return { outcome: "right", claimsVersion: before.user.claimsVersion };
}
