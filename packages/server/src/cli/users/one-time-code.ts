import { isoTime, issuePasswordCode, systemRandom } from "@counterfoil/core";
import type { EventContext, Ledger, Subject } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import type { ServerConfiguration } from "../../config/environment.ts";
import { nodeCrypto } from "../../platform/node-crypto.ts";
import { knowsIssuer, PLACEHOLDER } from "../issuer.ts";

/** A one-time code for whoever is told it; `null` for a user who was deleted meanwhile. */
export async function issueCode(ledger: Ledger, subject: Subject, context: EventContext, dropPassword = false) {
  const parts = { ledger, crypto: nodeCrypto, random: systemRandom };
  const issued = await issuePasswordCode(parts, subject, { dropPassword }, context);
  return issued.outcome === "issued" ? { code: issued.code, expiresAt: isoTime(issued.expiresAt) } : null;
}

export type IssuedCode = NonNullable<Awaited<ReturnType<typeof issueCode>>>;

/** Where a code is redeemed; `null` where the server's address is not known here. */
export function redeemUrl({ options }: ServerConfiguration): string | null {
  return knowsIssuer() ? options.issuer + PATHS.password : null;
}

/** What there is to know of a code, for whoever hands it over. */
export function codeLines({ code, expiresAt }: IssuedCode, url: string | null): readonly string[] {
  const body = JSON.stringify({ code, new_password: "THE NEW PASSWORD" });
  const hand = "Hand it to the user by a way that nobody else reads. It is redeemed by";
  const where =
    url === null
      ? [
          `${hand} POST ${PATHS.password} of your server, whose`,
          "address is not known here: COUNTERFOIL_ISSUER is not set for this command. With the address in its place:",
        ]
      : [`${hand} POST ${url}:`];
  return [
    "",
    `One-time code:  ${code}`,
    `Good until:     ${expiresAt}, and for one use`,
    "",
    ...where,
    "",
    `  curl ${url ?? PLACEHOLDER + PATHS.password} -H 'Content-Type: application/json' -d @-`,
    "",
    "The password is in no list of processes and in no shell's history if curl is then given this, and Ctrl-D after it:",
    "",
    `  ${body}`,
  ];
}
