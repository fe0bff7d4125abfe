import { parseRoles } from "@counterfoil/core";
import type { Ledger, User, UserChanged } from "@counterfoil/core";
import { commandContext } from "../context.ts";
import { askedWrongly } from "../failure.ts";
import { isJson, print } from "../print.ts";
import type { Flags } from "../print.ts";
import { nameOf, noSuchUser, quoted, ROLES_FORM, rolesText, withUser } from "./named-user.ts";

interface Change {
  readonly transition: (ledger: Ledger, user: User) => Promise<UserChanged>;
  readonly changed: (user: string) => string;
  readonly unchanged: (user: string) => string;
}

/** `counterfoil users roles <name> r…` */
export async function setRoles(name: string, given: readonly string[], flags: Flags): Promise<void> {
  if (given.length > 0 && flags["none"] === true) {
    return askedWrongly("Roles and --none exclude each other: name the roles, or say --none.", isJson(flags));
  }
  if (given.length === 0 && flags["none"] !== true) {
    return askedWrongly("Name the roles that the user is to have, or say --none.", isJson(flags));
  }
  const roles = parseRoles(given);
  if (roles === null) return askedWrongly(ROLES_FORM, isJson(flags));
  await change(name, flags, {
    transition: (ledger, { subject }) => ledger.setRoles({ subject, roles, context: commandContext("users roles") }),
    changed: (user) => `${user} has ${rolesText(roles)} now: older access tokens are refused until they are refreshed.`,
    unchanged: (user) => `${user} has ${rolesText(roles)} already.`,
  });
}

/** `counterfoil users disable <name>` */
export function disableUser(name: string, flags: Flags): Promise<void> {
  return change(name, flags, {
    transition: (ledger, { subject }) =>
      ledger.setDisabled({ subject, disabled: true, context: commandContext("users disable") }),
    changed: (user) => `${user} is disabled, and signed out everywhere. \`counterfoil users enable\` takes it back.`,
    unchanged: (user) => `${user} is disabled already.`,
  });
}

/** `counterfoil users enable <name>` */
export function enableUser(name: string, flags: Flags): Promise<void> {
  return change(name, flags, {
    transition: (ledger, { subject }) =>
      ledger.setDisabled({ subject, disabled: false, context: commandContext("users enable") }),
    changed: (user) => `${user} may sign in again. The sessions from before stay ended.`,
    unchanged: (user) => `${user} is not disabled.`,
  });
}

/** `counterfoil users delete <name> --yes` */
export async function deleteUser(name: string, flags: Flags): Promise<void> {
  if (flags["yes"] !== true) {
    return askedWrongly(
      `A deleted user does not come back: say --yes to delete ${quoted(name)}. \`counterfoil users disable\` can be undone.`,
      isJson(flags),
    );
  }
  await change(name, flags, {
    transition: (ledger, { subject }) => ledger.deleteUser({ subject, context: commandContext("users delete") }),
    changed: (user) => `${user} is deleted, and signed out everywhere. The name is free.`,
    unchanged: (user) => `${user} is deleted already.`,
  });
}

function change(name: string, flags: Flags, { transition, changed, unchanged }: Change): Promise<void> {
  return withUser(name, flags, async (ledger, user) => {
    const { outcome } = await transition(ledger, user);
    // Another administrator was quicker to delete it.
    if (outcome === "unknown") return noSuchUser(name, flags);
    const { subject, username } = user;
    const say = outcome === "changed" ? changed : unchanged;
    print(flags, { subject, username, outcome }, () => [say(nameOf(user))]);
  });
}
