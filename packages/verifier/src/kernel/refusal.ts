import type { ErrorBody } from "@counterfoil/protocol";
import { refuseRequest } from "../request/refusal.ts";
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

const made = new Map<VerificationFailure, Refused>();

/** The answer to a failure, made once: a flood of bad tokens leaves nothing to collect. */
export function refused(reason: VerificationFailure): Refused {
  const known = made.get(reason);
  if (known !== undefined) return known;
  const code = reason === "claims_changed" ? "claims_changed" : "invalid_token";
  // The one thing that a client can mend by itself: a refresh gives it a token that says what is true now.
  const description = code === "claims_changed" ? ', error_description="claims_changed: refresh the access token"' : "";
  const challenge = { "WWW-Authenticate": `Bearer error="invalid_token"${description}` };
  const answer = Object.freeze({ ...refuseRequest(code, undefined, challenge), reason });
  made.set(reason, answer);
  return answer;
}
