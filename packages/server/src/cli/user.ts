import { canonicalUsername, parseSubject } from "@counterfoil/core";
import type { Ledger, Subject, User } from "@counterfoil/core";

/**
 * The user that somebody names on the command line: by user name, or by subject. What looks like a subject of ours is
 * one, so that nobody can be meant by a name that he has given himself.
 */
export async function findNamedUser(ledger: Pick<Ledger, "findUser" | "readUser">, text: string): Promise<User | null> {
  const subject: Subject | null = parseSubject(text);
  if (subject === null) return null;
  const byName = text.startsWith("usr_") ? null : await ledger.findUser(canonicalUsername(text));
  return (byName ?? (await ledger.readUser(subject)))?.user ?? null;
}

export function noUser(text: string): string {
  return `There is no user ${JSON.stringify(text)}: give a user name, or a subject (usr_…).`;
}
