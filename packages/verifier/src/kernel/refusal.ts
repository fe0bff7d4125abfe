import { ERRORS } from "@counterfoil/protocol";
import type { ErrorBody } from "@counterfoil/protocol";
import type { ClaimsRefusal, TimeRefusal } from "../token/claims.ts";
import type { HeaderRefusal } from "../token/header.ts";

/** Why a token was refused, for the log. The outside learns the code alone: the rest would help to forge the next. */
export type VerificationFailure =
  | "too_large"
  | HeaderRefusal
  | "bad_signature"
  | ClaimsRefusal
  | TimeRefusal
  | "key_revoked"
  | "session_revoked"
  | "claims_changed";

/** A refusal, ready to be answered with (RFC 6750 §3.1). */
export interface Refused {
  readonly ok: false;
  readonly code: "invalid_token" | "claims_changed";
  readonly reason: VerificationFailure;
  readonly status: 401;
  readonly headers: { readonly "WWW-Authenticate": string };
  /** To be sent as JSON. */
  readonly body: ErrorBody;
}

/** The answer to each failure, made once: a flood of bad tokens leaves nothing to collect. */
export const REFUSED: Readonly<Record<VerificationFailure, Refused>> = {
  malformed: refusal("malformed"),
  too_large: refusal("too_large"),
  header_refused: refusal("header_refused"),
  wrong_type: refusal("wrong_type"),
  algorithm_refused: refusal("algorithm_refused"),
  unknown_key: refusal("unknown_key"),
  bad_signature: refusal("bad_signature"),
  bad_claims: refusal("bad_claims"),
  wrong_issuer: refusal("wrong_issuer"),
  wrong_audience: refusal("wrong_audience"),
  lifetime_too_long: refusal("lifetime_too_long"),
  expired: refusal("expired"),
  not_yet_valid: refusal("not_yet_valid"),
  key_revoked: refusal("key_revoked"),
  session_revoked: refusal("session_revoked"),
  claims_changed: refusal("claims_changed"),
};

function refusal(reason: VerificationFailure): Refused {
  const code = reason === "claims_changed" ? "claims_changed" : "invalid_token";
  // The one thing that a client can mend by itself: a refresh gives it a token that says what is true now.
  const description = code === "claims_changed" ? ', error_description="claims_changed: refresh the access token"' : "";
  return Object.freeze({
    ok: false,
    code,
    reason,
    status: 401,
    headers: Object.freeze({ "WWW-Authenticate": `Bearer error="invalid_token"${description}` }),
    body: Object.freeze({ error: ERRORS[code].sentence, code }),
  });
}
