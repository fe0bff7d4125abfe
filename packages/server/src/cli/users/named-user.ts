import { canonicalUsername, parseSubject } from "@counterfoil/core";
import type { Ledger, User } from "@counterfoil/core";
import type { ServerConfiguration } from "../../config/environment.ts";
import { printable } from "../../printable.ts";
import { notDone } from "../failure.ts";
import { isJson } from "../print.ts";
import type { Flags } from "../print.ts";
import { withLedger } from "../with-ledger.ts";

/** Does something with the user whom an operator names, or says that there is none. */
export function withUser(
  name: string,
  flags: Flags,
  use: (ledger: Ledger, user: User, configuration: ServerConfiguration) => Promise<void>,
): Promise<void> {
  return withLedger(flags, async (ledger, configuration) => {
    const user = await findNamed(ledger, name);
    if (user === null) noSuchUser(name, flags);
    else await use(ledger, user, configuration);
  });
}

/**
 * The user whom an operator names; `null` where there is none. A subject of ours is no name. An application's own may be
 * anything, also somebody else's name: names come first.
 */
export async function findNamed(ledger: Ledger, name: string): Promise<User | null> {
  const byName = async () => (await ledger.findUser(canonicalUsername(name)))?.user ?? null;
  const subject = parseSubject(name);
  const bySubject = async () => (subject === null ? null : ((await ledger.readUser(subject))?.user ?? null));
  return name.startsWith("usr_")
    ? ((await bySubject()) ?? (await byName()))
    : ((await byName()) ?? (await bySubject()));
}

export function noSuchUser(name: string, flags: Flags): void {
  const sentence = `There is no user ${quoted(name)}: \`counterfoil users list\` shows those that there are.`;
  notDone(sentence, "not_found", isJson(flags));
}

/** What the user is called. */
export function nameOf({ username, subject }: Pick<User, "username" | "subject">): string {
  return printable(username ?? subject);
}

/** What somebody typed, as it can be shown. */
export function quoted(text: string): string {
  return printable(JSON.stringify(text));
}

/** What `parseRoles` accepts. */
export const ROLES_FORM =
  "A role is 1 to 64 visible ASCII characters without quotation marks, and a user has at most 64.";

export function rolesText(roles: readonly string[]): string {
  return roles.length === 0 ? "no roles" : `roles ${roles.join(", ")}`;
}
