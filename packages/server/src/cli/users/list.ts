import { canonicalUsername, isoTime, parseUserCursor } from "@counterfoil/core";
import type { ListedUser, UserPage } from "@counterfoil/core";
import { printable } from "../../printable.ts";
import { askedWrongly } from "../failure.ts";
import { isJson, print } from "../print.ts";
import type { Flags } from "../print.ts";
import { table } from "../table.ts";
import { withLedger } from "../with-ledger.ts";
import { nameOf } from "./named-user.ts";

/** `counterfoil users list` */
export async function listUsers(flags: Flags & { readonly limit: number }): Promise<void> {
  const { search, limit, after: afterText } = flags;
  const by = typeof search === "string" ? "name" : "creation";
  const after = typeof afterText === "string" ? parseUserCursor(afterText, by) : undefined;
  if (after === null) {
    return askedWrongly("--after must be what a list with the same --search printed at its end.", isJson(flags));
  }
  const namePrefix = typeof search === "string" ? canonicalUsername(search) : undefined;
  const page = await withLedger(flags, (ledger) => ledger.listUsers({ namePrefix, after, limit }));
  print(flags, pageJson(page), () => pageLines(page, by === "name"));
}

function pageJson({ users, next }: UserPage) {
  return {
    users: users.map(({ subject, username, roles, disabled, hasPassword, createdAt }) => {
      return { subject, username, roles, disabled, has_password: hasPassword, created_at: isoTime(createdAt) };
    }),
    next,
  };
}

function pageLines({ users, next }: UserPage, searched: boolean): readonly string[] {
  if (users.length === 0) {
    return [
      searched ? "No user's name begins so." : "There are no users yet: `counterfoil users add <name>` adds one.",
    ];
  }
  const rows = users.map((user) => [
    nameOf(user),
    printable(user.subject),
    user.roles.join(", ") || "-",
    stateOf(user),
    isoTime(user.createdAt),
  ]);
  const more = next === null ? [] : ["", `There are more: the same with --after ${next}`];
  return [...table(["NAME", "SUBJECT", "ROLES", "STATE", "CREATED"], rows), ...more];
}

function stateOf({ disabled, hasPassword }: ListedUser): string {
  if (disabled) return "disabled";
  return hasPassword ? "active" : "no password";
}
