import type { EventContext } from "../events.ts";
import type { Sid } from "../session/session.ts";
import type { CanonicalUsername, Subject, User } from "../user/user.ts";

export interface UserLedger {
  createUser(input: CreateUser): Promise<UserCreated>;
  /** The user of that name, with the password hash that was current in the same read. */
  findUser(username: CanonicalUsername): Promise<UserWithPassword | null>;
  readUser(subject: Subject): Promise<UserWithPassword | null>;
  /** Raises `claimsVersion` and tells the feed, unless nothing changes. */
  setRoles(input: SetRoles): Promise<UserChanged>;
  /** Disabling ends all sessions. */
  setDisabled(input: SetDisabled): Promise<UserChanged>;
  /** Ends all sessions, frees the name, and keeps the subject from ever being given again. */
  deleteUser(input: DeleteUser): Promise<UserChanged>;
  /** Ends all other sessions than `except`. With `claimsVersion`, only if it has not moved. */
  setPassword(input: SetPassword): Promise<PasswordSet>;
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

export interface SetPassword {
  readonly subject: Subject;
  readonly passwordHash: string;
  /** The version at which the old password was checked; `null` where none was. */
  readonly claimsVersion: number | null;
  readonly except: Sid | null;
  readonly context: EventContext | null;
}

export type PasswordSet =
  | { readonly outcome: "set"; readonly claimsVersion: number }
  | { readonly outcome: "claims_moved" | "unknown" };

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
