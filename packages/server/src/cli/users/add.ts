import { checkNewUsername, newSubject, parseRoles, systemRandom } from "@counterfoil/core";
import { commandContext } from "../context.ts";
import { askedWrongly, notDone } from "../failure.ts";
import { withLedger } from "../with-ledger.ts";
import { isJson, print } from "../print.ts";
import type { Flags } from "../print.ts";
import { nameOf, quoted, ROLES_FORM, rolesText } from "./named-user.ts";
import { codeLines, issueCode, redeemUrl } from "./one-time-code.ts";

/** `counterfoil users add <name>` */
export async function addUser(name: string, flags: Flags): Promise<void> {
  const named = checkNewUsername(name);
  if (named.outcome === "refused") return askedWrongly(named.sentence, isJson(flags));
  const roles = parseRoles(flags["role"] ?? []);
  if (roles === null) return askedWrongly(ROLES_FORM, isJson(flags));
  await withLedger(flags, async (ledger, configuration) => {
    const { username, canonicalUsername } = named;
    const subject = newSubject(systemRandom);
    const context = commandContext("users add");
    const user = { subject, username, canonicalUsername, passwordHash: null, roles, context };
    const created = await ledger.createUser(user);
    const issued = created.outcome === "created" ? await issueCode(ledger, subject, context) : null;
    if (issued === null) {
      const sentence = `There is a user ${quoted(name)} already: \`counterfoil users reset-password\` issues a one-time code for a user who has none.`;
      return notDone(sentence, "conflict", isJson(flags));
    }
    const url = redeemUrl(configuration);
    const { code, expiresAt } = issued;
    print(flags, { subject, username, roles, code, expires_at: expiresAt, redeem_at: url }, () => [
      `Added ${nameOf(user)} (${subject}), ${rolesText(roles)}.`,
      ...codeLines(issued, url),
    ]);
  });
}
