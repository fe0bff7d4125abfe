import type { EventContext } from "../events.ts";
import type { PasswordCodeHash } from "../password/code.ts";
import type { UserCursor } from "../user/user-cursor.ts";
import type { CanonicalUsername, Subject, User } from "../user/user.ts";
import type { ReauthenticateSession, SessionReauthenticated } from "./sessions.ts";

export interface UserLedger {
  /**
   * A name that is somebody's is told to the event log where a request asked for it: so that a registration writes as
   * much either way, and takes as long (ASVS V6.3.8).
   */
  createUser(input: CreateUser): Promise<UserCreated>;
  /** The user of that name, with the password hash that was current in the same read. */
  findUser(username: CanonicalUsername): Promise<UserWithPassword | null>;
  readUser(subject: Subject): Promise<UserWithPassword | null>;
  /** A page of the users: the newest first, or by name those whose name begins with `namePrefix`. */
  listUsers(input: ListUsers): Promise<UserPage>;
  /** Raises `claimsVersion` and tells the feed, unless nothing changes. */
  setRoles(input: SetRoles): Promise<UserChanged>;
  /** Disabling ends all sessions. */
  setDisabled(input: SetDisabled): Promise<UserChanged>;
  /** Ends all sessions, frees the name, and keeps the subject from ever being given again. */
  deleteUser(input: DeleteUser): Promise<UserChanged>;
  /**
   * Makes a one-time code the user's only one. With `dropPassword` the password goes at once, and all sessions end. A
   * disabled user's code can be redeemed once the user is enabled, if it is still good then.
   */
  issuePasswordCode(input: IssuePasswordCode): Promise<PasswordCodeIssued>;
  /** Whose a code is that would be redeemed now; `null` for any other. */
  findPasswordCode(codeHash: PasswordCodeHash): Promise<User | null>;
  /** Spends a code: of many at once one sets the password, and all sessions end. */
  redeemPasswordCode(input: RedeemPasswordCode): Promise<PasswordCodeRedeemed>;
  /**
   * The user has given the current password and a new one: the session is re-authenticated, as by
   * `reauthenticateSession`, and all others end.
   */
  changePassword(input: ChangePassword): Promise<SessionReauthenticated>;
  /**
   * Another hash of the same password. No decision about the user: it raises no version, ends no session and is no
   * event. Only if the hash is still `from`, so that a change of the password wins, whichever comes first.
   */
  rehashPassword(input: RehashPassword): Promise<PasswordRehashed>;
}

export interface CreateUser {
  readonly subject: Subject;
  readonly username: string;
  readonly canonicalUsername: CanonicalUsername;
  /** A PHC string; `null` for a user that cannot sign in by password yet. */
  readonly passwordHash: string | null;
  readonly roles: readonly string[];
  readonly context: EventContext | null;
}

export type UserCreated =
  | { readonly outcome: "created"; readonly user: User }
  /** The name, or the subject, is somebody's. */
  | { readonly outcome: "taken" };

export interface UserWithPassword {
  readonly user: User;
  readonly passwordHash: string | null;
}

export interface SetRoles {
  readonly subject: Subject;
  readonly roles: readonly string[];
  readonly context: EventContext | null;
}

export interface SetDisabled {
  readonly subject: Subject;
  readonly disabled: boolean;
  readonly context: EventContext | null;
}

export interface DeleteUser {
  readonly subject: Subject;
  readonly context: EventContext | null;
}

export type UserChanged =
  | { readonly outcome: "changed"; readonly claimsVersion: number }
  | { readonly outcome: "unchanged" | "unknown" };

export interface ListUsers {
  readonly namePrefix?: CanonicalUsername | undefined;
  /** Of the page before, which was asked for with the same `namePrefix`. */
  readonly after?: UserCursor | undefined;
  readonly limit: number;
}

export interface ListedUser extends User {
  readonly hasPassword: boolean;
}

export interface UserPage {
  readonly users: readonly ListedUser[];
  /** `null`: there are no more. */
  readonly next: UserCursor | null;
}

export interface IssuePasswordCode {
  readonly subject: Subject;
  readonly codeHash: PasswordCodeHash;
  readonly ttlSeconds: number;
  readonly dropPassword: boolean;
  readonly context: EventContext | null;
}

export type PasswordCodeIssued =
  /** Milliseconds since the epoch. */
  { readonly outcome: "issued"; readonly expiresAt: number } | { readonly outcome: "unknown" };

export interface RedeemPasswordCode {
  readonly codeHash: PasswordCodeHash;
  /** A PHC string. */
  readonly passwordHash: string;
  readonly context: EventContext | null;
}

export type PasswordCodeRedeemed =
  | { readonly outcome: "set"; readonly subject: Subject; readonly claimsVersion: number }
  /** Used, late, replaced, of a user who is disabled or deleted, or never there. */
  | { readonly outcome: "unknown" };

export interface ChangePassword extends ReauthenticateSession {
  /** A PHC string. */
  readonly passwordHash: string;
}

export interface RehashPassword {
  readonly subject: Subject;
  /** The hash that the password was checked against. */
  readonly from: string;
  readonly to: string;
}

export interface PasswordRehashed {
  /** `unchanged`: there is another hash by now, or no such user. */
  readonly outcome: "rehashed" | "unchanged";
}
