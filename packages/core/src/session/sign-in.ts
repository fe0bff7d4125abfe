import type { EventContext } from "../events.ts";
import type { AttemptLedger } from "../ledger/attempts.ts";
import type { UserLedger } from "../ledger/users.ts";
import type { PasswordChecker } from "../password/check.ts";
import type { Places } from "../password/places.ts";
import type { Password } from "../password/password.ts";
import type { Subject, User } from "../user/user.ts";
import { canonicalUsername, parseRoles, parseSubject } from "../user/user.ts";
import type { Limited } from "../attempt/limit.ts";
import { accountAttempts, onAttempt } from "../attempt/limit.ts";
import { parseAmr, PASSWORD_AMR } from "./amr.ts";
import type { CarriedSession, OpenerParts, SessionWish } from "./opener.ts";
import { openSession } from "./opener.ts";
import type { CheckFactor, SecondFactor } from "./second-factor.ts";
import { secondFactorCheck } from "./second-factor.ts";

/** The application's own users: who this is, or `null` for whatever reason. Takes as long for either, ideally. */
export type Authenticate = (credentials: {
  readonly username: string;
  readonly password: string;
}) => Promise<ExternalUser | null>;

export interface ExternalUser {
  /** Never given to another user. */
  readonly subject: string;
  readonly roles?: readonly string[];
  /** For people to read; the typed name where it is left out. */
  readonly username?: string;
  /** How presence was proved (RFC 8176); `["pwd"]` where it is left out. */
  readonly amr?: readonly string[];
}

export interface SignInParts extends OpenerParts {
  readonly ledger: OpenerParts["ledger"] & UserLedger & AttemptLedger;
  /** For each sign-in and re-authentication as a whole. */
  readonly places: Places;
  readonly passwords: PasswordChecker;
  readonly authenticate: Authenticate | undefined;
  /** Asked once the password is right. */
  readonly secondFactor?: SecondFactor | undefined;
}

export type SignInRefusal =
  | "wrong_password"
  | "unknown_user"
  | "user_disabled"
  | "no_password"
  | "refused_by_application"
  | "second_factor_refused";

export type SignedIn =
  | ({ readonly outcome: "signed_in" } & CarriedSession)
  | { readonly outcome: "refused"; readonly reason: SignInRefusal; readonly subject: Subject | null }
  /** The password is right, and the application wants a second factor. */
  | { readonly outcome: "second_factor_required"; readonly subject: Subject }
  | Limited
  | { readonly outcome: "overloaded" };

/** How often a password is checked anew because something about its user was decided meanwhile. */
export const ROUNDS = 4;

export interface Credentials {
  readonly username: string;
  readonly password: Password;
  readonly secondFactor?: string | undefined;
  /** What of the client's address the limits count by; `null` where none is known. */
  readonly addressBucket: string | null;
}

/** Signs in by user name and password. */
export function signIn(
  parts: SignInParts,
  credentials: Credentials,
  wish: SessionWish,
  context: EventContext,
): Promise<SignedIn> {
  const limit = accountAttempts(parts.crypto, credentials.username, credentials.addressBucket);
  return parts.places.run(() =>
    onAttempt(
      parts.ledger,
      limit,
      () => checkAndOpen(parts, credentials, wish, context),
      ({ outcome }) => outcome === "signed_in",
      (checked) => isAskedFor(checked, credentials),
    ),
  );
}

async function checkAndOpen(
  parts: SignInParts,
  credentials: Credentials,
  wish: SessionWish,
  context: EventContext,
): Promise<SignedIn> {
  const checkFactor = secondFactorCheck(parts.secondFactor, credentials.secondFactor ?? null, context);
  for (let round = 0; round < ROUNDS; round++) {
    const proved =
      parts.authenticate === undefined
        ? await proveLocal(parts, credentials, checkFactor)
        : await proveExternal(parts, parts.authenticate, credentials, checkFactor);
    const signedIn = proved.outcome === "proved" ? await open(parts, proved, wish, context) : proved;
    if (signedIn.outcome !== "claims_moved") return signedIn;
  }
  // Somebody changes this user faster than a password can be checked; none of it is the user's fault.
  return { outcome: "overloaded" };
}

/** That a factor is needed is no wrong guess; that one which was sent is not enough may be. */
export function isAskedFor(
  { outcome }: { readonly outcome: string },
  sent: Pick<Credentials, "secondFactor">,
): boolean {
  return outcome === "second_factor_required" && sent.secondFactor === undefined;
}

type Proved =
  | {
      readonly outcome: "proved";
      readonly user: Parameters<typeof openSession>[1];
      readonly username: string;
      readonly amr: readonly string[];
    }
  | Exclude<SignedIn, { readonly outcome: "signed_in" }>
  | { readonly outcome: "claims_moved" };

async function proveLocal(
  parts: SignInParts,
  { username, password }: Credentials,
  checkFactor: CheckFactor,
): Promise<Proved> {
  const checked = await parts.passwords.checkByName(username, password);
  if (checked.outcome === "wrong") {
    return { outcome: "refused", reason: checked.reason, subject: checked.user?.subject ?? null };
  }
  const { user } = checked;
  const factor = await checkFactor(user);
  if (factor.outcome !== "passed") return factor;
  const { subject, claimsVersion } = user;
  return {
    outcome: "proved",
    user: { kind: "known", subject, claimsVersion },
    username: user.username ?? username,
    amr: [...PASSWORD_AMR, ...factor.amr],
  };
}

/**
 * The version must be read before the password is: else a decision between the check and the read would be missed.
 * The name leads to the row of whoever signed in by it last; where the application says that it is somebody else,
 * the next round knows whom to read.
 */
async function proveExternal(
  parts: SignInParts,
  authenticate: Authenticate,
  credentials: Credentials,
  checkFactor: CheckFactor,
): Promise<Proved> {
  const { username } = credentials;
  let before: User | null = (await parts.ledger.findUser(canonicalUsername(username)))?.user ?? null;
  for (let round = 0; round < ROUNDS; round++) {
    const external = await authenticate({ username, password: credentials.password });
    if (external === null) {
      return { outcome: "refused", reason: "refused_by_application", subject: before?.subject ?? null };
    }
    const { subject, roles, amr } = checkExternal(external);
    if (before?.subject !== subject) {
      const row = (await parts.ledger.readUser(subject))?.user ?? null;
      if (row !== null) {
        before = row;
        continue;
      }
      before = null;
    }
    // Before the second factor is asked for, which would tell that the password is right.
    if (before?.disabled === true) return { outcome: "refused", reason: "user_disabled", subject };
    const factor = await checkFactor({ subject, username: external.username ?? username, roles });
    if (factor.outcome !== "passed") return factor;
    return {
      outcome: "proved",
      user: {
        kind: "external",
        subject,
        username: external.username ?? username,
        canonicalUsername: canonicalUsername(username),
        roles,
        claimsVersion: before?.claimsVersion ?? null,
      },
      // The session keeps the name that was typed: by it the application is asked again at a re-authentication.
      username,
      amr: [...amr, ...factor.amr],
    };
  }
  return { outcome: "claims_moved" };
}

async function open(
  parts: SignInParts,
  { user, username, amr }: Extract<Proved, { readonly outcome: "proved" }>,
  wish: SessionWish,
  context: EventContext,
): Promise<SignedIn | { readonly outcome: "claims_moved" }> {
  const opened = await openSession(parts, user, wish, { username, amr: [...new Set(amr)] }, context);
  switch (opened.outcome) {
    case "opened":
      return { ...opened, outcome: "signed_in" };
    case "claims_moved":
      return opened;
    case "disabled":
      return { outcome: "refused", reason: "user_disabled", subject: opened.subject };
    case "unknown":
      return { outcome: "refused", reason: "unknown_user", subject: null };
  }
}

/** @throws TypeError if the application's answer cannot be a user: a bug there, not the visitor's doing */
export function checkExternal(external: ExternalUser): {
  readonly subject: Subject;
  readonly roles: readonly string[];
  readonly amr: readonly string[];
} {
  const subject = parseSubject(external.subject);
  if (subject === null) throw new TypeError("the user must have a subject: a string of 1 to 255 characters");
  const roles = parseRoles(external.roles ?? []);
  if (roles === null)
    throw new TypeError("the user's roles must be an array of at most 64 names of visible ASCII characters");
  const amr = external.amr === undefined ? PASSWORD_AMR : parseAmr(external.amr);
  if (amr === null) throw new TypeError("the user's amr must be an array of 1 to 16 names of visible ASCII characters");
  return { subject, roles, amr };
}
