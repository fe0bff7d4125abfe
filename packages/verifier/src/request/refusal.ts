import { RESOURCE_ERRORS } from "@counterfoil/protocol";
import type { ErrorBody, ErrorCode, ResourceErrorCode } from "@counterfoil/protocol";

/** A refusal, as an answer: `status` and `headers` to set, `body` to send as JSON. */
export interface RequestRefused {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

type Headers = Readonly<Record<string, string>>;

/** Frozen throughout. */
export function refuseRequest<const Code extends ResourceErrorCode, const Sent extends Headers = Headers>(
  code: Code,
  sentence: string = RESOURCE_ERRORS[code].sentence,
  headers?: Sent,
) {
  return Object.freeze({
    ok: false,
    code,
    status: RESOURCE_ERRORS[code].status as (typeof RESOURCE_ERRORS)[Code]["status"],
    headers: Object.freeze({ ...headers }) as Sent,
    body: Object.freeze({ error: sentence, code }),
  }) satisfies RequestRefused;
}

/** No credential came: the challenge then has no error code (RFC 6750 §3). */
export const NOT_AUTHENTICATED = refuseRequest("not_authenticated", undefined, { "WWW-Authenticate": "Bearer" });
