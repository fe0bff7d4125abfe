import { accountAttempts, onAttempt } from "../attempt/limit.ts";
import type { Limited } from "../attempt/limit.ts";
import type { EventContext } from "../events.ts";
import type { SessionReauthenticated } from "../ledger/sessions.ts";
import type { Password } from "../password/password.ts";
import type { Session } from "./session.ts";
import type { Credentials, SignInParts, SignInRefusal } from "./sign-in.ts";
import { PASSWORD_AMR } from "./amr.ts";
import { secondFactorCheck } from "./second-factor.ts";
import { checkExternal, isAskedFor, ROUNDS } from "./sign-in.ts";

export type Reauthenticated =
  | { readonly outcome: "reauthenticated"; readonly session: Session; readonly now: number }
  | { readonly outcome: "refused"; readonly reason: SignInRefusal }
  | { readonly outcome: "second_factor_required" }
  | { readonly outcome: "session_over" }
  | Limited
  | { readonly outcome: "overloaded" };

export interface Proof extends Pick<Credentials, "password" | "secondFactor" | "addressBucket"> {
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
  const { presented } = proof;
  return onPassword(parts, session, proof, context, (proved) =>
    parts.ledger.reauthenticateSession({ sid, subject, presented, ...proved, context }),
  );
}

/** What a right password, and the second factor where one is asked for, give to the transition that they allow. */
export interface Proved {
  /** As the ledger held it before the password was checked. */
  readonly claimsVersion: number;
  readonly amr: readonly string[];
}

/**
 * Does `transition` on the strength of the user's password, checked against what the ledger held at `claimsVersion`; if
 * that has moved meanwhile, both again.
 */
export function onPassword(
  parts: SignInParts,
  session: Session,
  { addressBucket, ...proof }: Proof,
  context: EventContext,
  transition: (proved: Proved) => Promise<SessionReauthenticated>,
): Promise<Reauthenticated> {
  const limit = accountAttempts(parts.crypto, session.username ?? session.subject, addressBucket);
  return parts.places.run(() =>
    onAttempt(
      parts.ledger,
      limit,
      () => checkAndDo(parts, session, proof, context, transition),
      ({ outcome }) => outcome === "reauthenticated",
      (checked) => isAskedFor(checked, proof),
    ),
  );
}

async function checkAndDo(
  parts: SignInParts,
  session: Session,
  proof: Omit<Proof, "addressBucket">,
  context: EventContext,
  transition: (proved: Proved) => Promise<SessionReauthenticated>,
): Promise<Reauthenticated> {
  const { subject, username } = session;
  const checkFactor = secondFactorCheck(parts.secondFactor, proof.secondFactor ?? null, context);
  for (let round = 0; round < ROUNDS; round++) {
    const checked = await check(parts, session, proof.password);
    if (checked.outcome === "wrong") return { outcome: "refused", reason: checked.reason };
    const { claimsVersion, roles } = checked;
    const factor = await checkFactor({ subject, username, roles });
    if (factor.outcome !== "passed") return factor;
    const moved = await transition({ claimsVersion, amr: [...new Set([...checked.amr, ...factor.amr])] });
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
  | {
      readonly outcome: "right";
      readonly claimsVersion: number;
      readonly roles: readonly string[];
      readonly amr: readonly string[];
    }
  | { readonly outcome: "wrong"; readonly reason: SignInRefusal };

async function check(parts: SignInParts, session: Session, password: Password): Promise<Checked> {
  const before = await parts.ledger.readUser(session.subject);
  if (before === null) return { outcome: "wrong", reason: "unknown_user" };
  if (parts.authenticate === undefined) {
    const checked = await parts.passwords.checkUser(before, password);
    return checked.outcome === "right" ? { ...checked.user, outcome: "right", amr: PASSWORD_AMR } : checked;
  }
  const external = await parts.authenticate({ username: session.username ?? session.subject, password });
  if (external?.subject !== session.subject) return { outcome: "wrong", reason: "refused_by_application" };
  if (before.user.disabled) return { outcome: "wrong", reason: "user_disabled" };
  const { roles, amr } = checkExternal(external);
  return { outcome: "right", claimsVersion: before.user.claimsVersion, roles, amr };
}
