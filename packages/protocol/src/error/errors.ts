import { RESOURCE_ERRORS } from "./resource-errors.ts";

/**
 * Every error that leaves the server: its HTTP status and the sentence that goes with it where the route has no
 * better one. A client branches on the code; the sentence is for whoever reads it.
 */
export const ERRORS = {
  invalid_request: RESOURCE_ERRORS.invalid_request,
  ambiguous_credentials: RESOURCE_ERRORS.ambiguous_credentials,
  invalid_target: { status: 400, sentence: "That audience is not one of this server's." },
  unsupported_grant_type: {
    status: 400,
    sentence: "The one grant here is refresh_token: a user signs in at /login, which is no grant of OAuth's.",
  },
  invalid_scope: { status: 400, sentence: "There are no scopes here, so none can be granted." },
  unsupported_token_type: {
    status: 400,
    sentence: "A session token is revoked by signing out with its cookie, at /logout.",
  },
  bearer_refused: {
    status: 400,
    sentence:
      'A browser page cannot hold refresh tokens: leave "transport" out, or list this origin in COUNTERFOIL_BEARER_ORIGINS if it is a desktop or mobile shell.',
  },
  password_refused: { status: 400, sentence: "That cannot be a new password: choose another." },
  invalid_credentials: { status: 401, sentence: "Invalid credentials" },
  invalid_code: {
    status: 401,
    sentence: "That one-time code is not good, or is good no more: ask for a new one.",
  },
  second_factor_required: { status: 401, sentence: "The password is right: send the second factor with it." },
  invalid_client: { status: 401, sentence: "That client, or the way in which it authenticates, is not known here." },
  invalid_grant: { status: 401, sentence: "That refresh token or session is no longer good: sign in again." },
  not_authenticated: RESOURCE_ERRORS.not_authenticated,
  invalid_session: RESOURCE_ERRORS.invalid_session,
  invalid_token: RESOURCE_ERRORS.invalid_token,
  claims_changed: RESOURCE_ERRORS.claims_changed,
  reauthentication_required: { status: 401, sentence: "Give the password again first, at /reauthenticate." },
  insufficient_role: RESOURCE_ERRORS.insufficient_role,
  csrf_refused: RESOURCE_ERRORS.csrf_refused,
  not_found: { status: 404, sentence: "There is nothing here." },
  method_not_allowed: { status: 405, sentence: "That method is not supported here." },
  conflict: { status: 409, sentence: "That does not go together with what there is." },
  payload_too_large: { status: 413, sentence: "The body is larger than 16 KiB." },
  unsupported_media_type: { status: 415, sentence: "Send application/json, or no body at all." },
  too_many_attempts: { status: 429, sentence: "Too many attempts: wait, then try again." },
  internal: { status: 500, sentence: "Something went wrong here; it has been logged." },
  overloaded: { status: 503, sentence: "Too busy to check passwords right now: try again shortly." },
  unavailable: RESOURCE_ERRORS.unavailable,
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** The JSON of every error outside `/oauth/`. */
export interface ErrorBody {
  readonly error: string;
  readonly code: ErrorCode;
}
