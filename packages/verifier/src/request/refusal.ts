import { ERRORS } from "@counterfoil/protocol";
import type { ErrorBody, ErrorCode } from "@counterfoil/protocol";

/** A refusal, as an answer: `status` and `headers` to set, `body` to send as JSON. */
export interface RequestRefused {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

const NO_HEADERS = Object.freeze({});

export function refuseRequest(
  code: ErrorCode,
  sentence: string = ERRORS[code].sentence,
  headers: Readonly<Record<string, string>> = NO_HEADERS,
): RequestRefused {
  const body = Object.freeze({ error: sentence, code });
  return Object.freeze({ ok: false, code, status: ERRORS[code].status, headers, body });
}

/** No credential came: the challenge then has no error code (RFC 6750 §3). */
export const NOT_AUTHENTICATED = refuseRequest(
  "not_authenticated",
  undefined,
  Object.freeze({ "WWW-Authenticate": "Bearer" }),
);

/** A trouble of ours, which is never told as the user's. */
export const UNAVAILABLE = refuseRequest("unavailable", undefined, Object.freeze({ "Retry-After": "1" }));

/** The session behind a cookie is over. No challenge: it is a bearer's (RFC 6750 §3), and the cookie stays as it is. */
export const INVALID_SESSION = refuseRequest("invalid_session");
