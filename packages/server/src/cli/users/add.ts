import { checkNewUsername, newSubject, parseRoles, systemRandom } from "@counterfoil/core";
import { printableJson } from "../../printable.ts";
import { commandContext } from "../context.ts";
import { askedWrongly, notDone } from "../failure.ts";
import { withLedger } from "../with-ledger.ts";
import type { Flags } from "./named-user.ts";
import { isJson, nameOf, quoted, rolesText } from "./named-user.ts";
import { codeText, issueCode, redeemUrl } from "./one-time-code.ts";

export const ROLES_FORM =
  "A role is 1 to 64 visible ASCII characters without quotation marks, and a user has at most 64.";

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
    process.stdout.write(
      isJson(flags)
        ? printableJson({ subject, username, roles, code: issued.code, expires_at: issued.expiresAt, redeem_at: url })
        : `Added ${nameOf(user)} (${subject}), ${rolesText(roles)}.\n${codeText(issued, url)}`,
    );
  });
}
