/**
 * The errors that a service answers with as well, and not the server alone: all that is wrong with the credential of a
 * request. They are apart so that a verifier in a browser or a Worker carries no other sentence.
 */
export const RESOURCE_ERRORS = {
  invalid_request: { status: 400, sentence: "The request is malformed." },
  ambiguous_credentials: { status: 400, sentence: "Send one credential, once, and in one place." },
  not_authenticated: { status: 401, sentence: "Sign in first: no credential came with the request." },
  invalid_session: { status: 401, sentence: "That session is no longer good: sign in again." },
  invalid_token: { status: 401, sentence: "That access token is not accepted." },
  claims_changed: { status: 401, sentence: "What the token says of its user has changed: refresh it." },
  insufficient_role: { status: 403, sentence: "This takes the role `admin`." },
  csrf_refused: { status: 403, sentence: "Refused: the request did not come from this site." },
  unavailable: { status: 503, sentence: "Temporarily unable to answer: try again shortly. Nobody was signed out." },
} as const;

export type ResourceErrorCode = keyof typeof RESOURCE_ERRORS;
