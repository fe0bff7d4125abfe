import { commandContext } from "../context.ts";
import { print } from "../print.ts";
import type { Flags } from "../print.ts";
import { nameOf, noSuchUser, withUser } from "./named-user.ts";
import { codeLines, issueCode, redeemUrl } from "./one-time-code.ts";

/** `counterfoil users reset-password <name>`: nobody but the user learns or chooses a password (ASVS V6.4.6). */
export function resetPassword(name: string, flags: Flags): Promise<void> {
  return withUser(name, flags, async (ledger, user, configuration) => {
    const compromised = flags["compromised"] === true;
    const issued = await issueCode(ledger, user.subject, commandContext("users reset-password"), compromised);
    if (issued === null) return noSuchUser(name, flags);
    const { subject, username, disabled } = user;
    const url = redeemUrl(configuration);
    const { code, expiresAt } = issued;
    print(flags, { subject, username, disabled, compromised, code, expires_at: expiresAt, redeem_at: url }, () => [
      compromised
        ? `The password of ${nameOf(user)} is gone, and every session has ended.`
        : `The password of ${nameOf(user)} stays until the code is redeemed; then every session ends.`,
      ...(disabled
        ? ["", "The user is disabled: the code is refused until `counterfoil users enable` has been run."]
        : []),
      ...codeLines(issued, url),
    ]);
  });
}
