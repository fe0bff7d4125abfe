import { isoTime, issuePasswordCode, systemRandom } from "@counterfoil/core";
import type { EventContext, Ledger, Subject } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import type { ServerConfiguration } from "../../config/environment.ts";
import { nodeCrypto } from "../../platform/node-crypto.ts";

/** A one-time code for whoever is told it; `null` for a user who was deleted meanwhile. */
export async function issueCode(ledger: Ledger, subject: Subject, context: EventContext, dropPassword = false) {
  const parts = { ledger, crypto: nodeCrypto, random: systemRandom };
  const issued = await issuePasswordCode(parts, subject, { dropPassword }, context);
  return issued.outcome === "issued" ? { code: issued.code, expiresAt: isoTime(issued.expiresAt) } : null;
}

export type IssuedCode = NonNullable<Awaited<ReturnType<typeof issueCode>>>;

/** Where a code is redeemed. */
export function redeemUrl({ options }: ServerConfiguration): string {
  return options.issuer + PATHS.password;
}

/** What there is to know of a code, for whoever hands it over. */
export function codeLines({ code, expiresAt }: IssuedCode, url: string): readonly string[] {
  const body = JSON.stringify({ code, new_password: "THE NEW PASSWORD" });
  return [
    "",
    `One-time code:  ${code}`,
    `Good until:     ${expiresAt}, and for one use`,
    "",
    `Hand it to the user by a way that nobody else reads. It is redeemed by POST ${url}:`,
    "",
    `  curl ${url} -H 'Content-Type: application/json' -d '${body}'`,
  ];
}
