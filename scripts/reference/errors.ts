import { REFUSAL_REASONS } from "@counterfoil/core";
import { ERRORS } from "@counterfoil/protocol";
import type { ErrorCode } from "@counterfoil/protocol";
import { refusalSentence } from "../../packages/server/src/explain/sentences.ts";
import { capitalized, code, page, table } from "./markdown.ts";
import { REMEDIES } from "./remedies.ts";

export function errors(): string {
  const all = Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][];
  return page(
    "Errors",
    'Every error outside `/oauth/` is `{"error": "<sentence>", "code": "<code>"}`, as JSON. Branch on the code: it stays. ' +
      "The sentence is for whoever reads it, may say more than is here, and may change.",
    table(
      ["code", "status", "sentence", "what to do"],
      all.map(([name, { status, sentence }]) => [code(name), String(status), sentence, REMEDIES[name]]),
    ),
    "A 401 or 403 of a bearer's request has a challenge in `WWW-Authenticate` (RFC 6750). 429 and 503 have `Retry-After`, " +
      "in seconds. What Node's parser refuses before there is a request has the code `invalid_request` too, with status " +
      "400, 408 or 431.",
    "## Why a request was refused",
    "The outside often may not know: an unknown user and a wrong password look alike. The event log and the server's log " +
      "have the reason, and `counterfoil explain <Request-Id>` tells it.",
    table(
      ["reason", "means"],
      REFUSAL_REASONS.map((reason) => [code(reason), `${capitalized(refusalSentence(reason))}.`]),
    ),
  );
}
