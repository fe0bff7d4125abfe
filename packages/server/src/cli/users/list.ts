import { canonicalUsername, isoTime, parseUserCursor } from "@counterfoil/core";
import type { ListedUser, UserPage } from "@counterfoil/core";
import { printable, printableJson } from "../../printable.ts";
import { askedWrongly } from "../failure.ts";
import { table } from "../table.ts";
import { withLedger } from "../with-ledger.ts";
import type { Flags } from "./named-user.ts";
import { isJson, nameOf } from "./named-user.ts";

const MAX_LIMIT = 1000;

/** `counterfoil users list` */
export async function listUsers(flags: Flags): Promise<void> {
  const { search, limit: limitText, after: afterText } = flags;
  const limit = /^\d{1,4}$/.test(String(limitText)) ? Number(limitText) : 0;
  if (limit < 1 || limit > MAX_LIMIT)
    return askedWrongly(`--limit must be a whole number from 1 to ${MAX_LIMIT}.`, isJson(flags));
  const by = typeof search === "string" ? "name" : "creation";
  const after = typeof afterText === "string" ? parseUserCursor(afterText, by) : undefined;
  if (after === null) {
    return askedWrongly("--after must be what a list with the same --search printed at its end.", isJson(flags));
  }
  const namePrefix = typeof search === "string" ? canonicalUsername(search) : undefined;
  const page = await withLedger(flags, (ledger) => ledger.listUsers({ namePrefix, after, limit }));
  process.stdout.write(isJson(flags) ? pageJson(page) : pageText(page, by === "name"));
}

function pageJson({ users, next }: UserPage): string {
  return printableJson({
    users: users.map(({ subject, username, roles, disabled, hasPassword, createdAt }) => {
      return { subject, username, roles, disabled, has_password: hasPassword, created_at: isoTime(createdAt) };
    }),
    next,
  });
}

function pageText({ users, next }: UserPage, searched: boolean): string {
  if (users.length === 0) {
    return searched
      ? "No user's name begins so.\n"
      : "There are no users yet: `counterfoil users add <name>` adds one.\n";
  }
  const rows = users.map((user) => [
    nameOf(user),
    printable(user.subject),
    user.roles.join(", ") || "-",
    stateOf(user),
    isoTime(user.createdAt),
  ]);
  const more = next === null ? "" : `\nThere are more: the same with --after ${next}\n`;
  return `${table(["NAME", "SUBJECT", "ROLES", "STATE", "CREATED"], rows).join("\n")}\n${more}`;
}

function stateOf({ disabled, hasPassword }: ListedUser): string {
  if (disabled) return "disabled";
  return hasPassword ? "active" : "no password";
}
