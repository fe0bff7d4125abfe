import type { ErrorCode } from "@counterfoil/protocol";

/** What a client, or whoever runs the server, does about each error. */
export const REMEDIES: Readonly<Record<ErrorCode, string>> = {
  invalid_request: "Mend the request: the sentence says what is wrong with it. The same request fails again.",
  ambiguous_credentials: "Send either the cookie or one token, once.",
  invalid_target: "Ask for an audience that `COUNTERFOIL_AUDIENCE` names, or for none.",
  password_refused: "Choose another password: the sentence says what is wrong with it.",
  bearer_refused: "In a page, sign in by cookie. For a desktop or mobile shell, list its exact origin.",
  invalid_credentials: "Let the user type them again. The operator learns the cause from `counterfoil explain`.",
  invalid_code: "Ask for a new one-time code. Each is good once, and not for long.",
  invalid_grant: "Forget the token or the session, and let the user sign in again.",
  not_authenticated: "Sign in, and send the cookie or `Authorization: Bearer …`.",
  invalid_session: "Let the user sign in again. A sign-in replaces the cookie.",
  invalid_token: "Refresh once, and repeat the request with the fresh access token.",
  claims_changed: "Refresh, and repeat the request: the session is still good.",
  reauthentication_required: "Ask for the password, send it to `/reauthenticate`, and repeat the request.",
  csrf_refused:
    "List the page's exact origin, if it is yours. A client that is no browser sends `Origin` with the cookie.",
  insufficient_role: "Ask as a user with the role `admin`.",
  conflict: "Look at what there is: the sentence says what is in the way.",
  not_found: "Look at the path, or at the id in it.",
  method_not_allowed: "Use a method that `Allow` names.",
  payload_too_large: "Send less than 16 KiB.",
  unsupported_media_type: "Send `Content-Type: application/json`, without `Content-Encoding`, or no body.",
  too_many_attempts: "Wait for `Retry-After` seconds. The right password is not tried either until then.",
  internal: "Report it, with the `Request-Id`: the server's log has the cause.",
  overloaded: "Wait for `Retry-After` seconds, and repeat the request as it was.",
  unavailable: "Wait for `Retry-After` seconds, and repeat the request as it was: nobody was signed out.",
};
