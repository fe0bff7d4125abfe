import {
  canonicalUsername,
  checkNewUser,
  createUser,
  issuePasswordCode,
  parseRoles,
  parseSubject,
  parseUserCursor,
} from "@counterfoil/core";
import type { ListedUser as LedgerUser, Subject } from "@counterfoil/core";
import type { Services } from "./services.ts";

/** A user as an application's own code, or an operator, sees it. */
export interface ListedUser {
  readonly subject: string;
  /** `null` for an application's own user that gave none. */
  readonly username: string | null;
  readonly roles: readonly string[];
  readonly disabled: boolean;
  readonly hasPassword: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** A one-time code for `POST /password`: whoever has it chooses the password. Hand it to the user, and keep no copy. */
export interface OneTimeCode {
  readonly code: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export type CreatedUser =
  /** `code`: for the user to choose a password by; `null` where one was given. */
  | { readonly outcome: "created"; readonly subject: string; readonly code: OneTimeCode | null }
  | { readonly outcome: "taken" }
  /** The name or the password does not keep to the rules; the sentence may be shown. */
  | { readonly outcome: "refused"; readonly sentence: string };

/** What an application does with the users that are the ledger's, rather than its own. */
export interface UserAccounts {
  /**
   * Creates a user: with the password that the user has chosen, or without one and with a one-time code to choose it by.
   *
   * @throws TypeError if the roles cannot be roles, or if users are the application's own (`authenticate`)
   */
  create(user: {
    readonly username: string;
    readonly roles?: readonly string[];
    readonly password?: string;
  }): Promise<CreatedUser>;
  /** The user of that name, however it is spelled. */
  find(username: string): Promise<ListedUser | null>;
  /**
   * The newest first; with `search`, those whose name begins with it, by name.
   *
   * @param query `after`: the `next` of the page before, with the same `search`. `limit`: 1 to 1000; 50 where it is left out
   * @throws TypeError for another limit, or an `after` that no such list gave
   */
  list(query?: {
    readonly search?: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<{ readonly users: readonly ListedUser[]; readonly next: string | null }>;
  /**
   * A one-time code for a new password; one from before is good no more. With `compromised` the password is taken away
   * and every session ends at once.
   *
   * @throws TypeError if users are the application's own (`authenticate`)
   */
  resetPassword(subject: string, options?: { readonly compromised?: boolean }): Promise<OneTimeCode | "unknown">;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

export function userAccounts(running: () => Promise<Services>): UserAccounts {
  const context = null;
  return {
    async create({ username, roles = [], password }) {
      const checkedRoles = parseRoles(roles);
      if (checkedRoles === null) throw new TypeError(ROLES_FORM);
      const services = await ownUsers(running);
      const parts = { ...services.signIn, policy: services.passwordPolicy };
      const checked = checkNewUser(services.passwordPolicy, { username, password: password ?? null });
      if (checked.outcome !== "accepted") return { outcome: "refused", sentence: checked.sentence };
      const created = await createUser(parts, checked, checkedRoles, context);
      if (created.outcome === "taken") return created;
      const { subject } = created;
      return { ...created, code: password === undefined ? await codeFor(services, subject, false) : null };
    },
    async find(username) {
      const { ledger } = await running();
      const found = await ledger.findUser(canonicalUsername(username));
      return found && toListed({ ...found.user, hasPassword: found.passwordHash !== null });
    },
    async list({ search, after, limit = DEFAULT_LIMIT } = {}) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
        throw new TypeError(`limit must be a whole number from 1 to ${MAX_LIMIT}`);
      const cursor =
        after === undefined ? undefined : parseUserCursor(after, search === undefined ? "creation" : "name");
      if (cursor === null) throw new TypeError("after must be the next of a page with the same search");
      const namePrefix = search === undefined ? undefined : canonicalUsername(search);
      const page = await (await running()).ledger.listUsers({ namePrefix, after: cursor, limit });
      return { users: page.users.map(toListed), next: page.next };
    },
    async resetPassword(text, { compromised = false } = {}) {
      const subject = parseSubject(text);
      if (subject === null) throw new TypeError("subject must be a string of 1 to 255 characters");
      const services = await ownUsers(running);
      const code = await codeFor(services, subject, compromised);
      await services.revoked();
      return code ?? "unknown";
    },
  };
}

export const ROLES_FORM = "roles must be an array of at most 64 names of visible ASCII characters";

/** A password here would open nothing where the application checks its own. */
async function ownUsers(running: () => Promise<Services>): Promise<Services> {
  const services = await running();
  if (services.signIn.authenticate === undefined) return services;
  throw new TypeError("users and passwords are the application's own: authenticate is set, so none are kept here");
}

async function codeFor(services: Services, subject: Subject, dropPassword: boolean): Promise<OneTimeCode | null> {
  const issued = await issuePasswordCode(services.signIn, subject, { dropPassword }, null);
  return issued.outcome === "issued" ? { code: issued.code, expiresAt: issued.expiresAt } : null;
}

function toListed({ subject, username, roles, disabled, hasPassword, createdAt }: LedgerUser): ListedUser {
  return { subject, username, roles, disabled, hasPassword, createdAt };
}
