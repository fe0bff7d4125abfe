import type { EndReason, EventBody, RefusalReason } from "@counterfoil/core";
import { counted, endings } from "../counted.ts";

/** What an event means, in plain words: what happened, and where it helps, what follows. */
export function sentence(body: EventBody): string {
  switch (body.type) {
    case "session_opened":
      return body.transport === "cookie"
        ? `Signed in; carried as a cookie${body.remember ? ", remembered" : ""}.`
        : "Signed in; carried as a refresh token and access tokens.";
    case "session_ended":
      return `The session ended: ${END[body.reason]}.`;
    case "session_reauthenticated":
      return "The user proved presence again; the old cookie is refused from here on.";
    case "session_amended":
      return `The application changed the session's data (version ${body.version}).`;
    case "refresh_rotated":
      return `Refreshed${body.background ? " in the background" : ""}: refresh token ${body.counter - 1} gave its successor, ${body.counter}.`;
    case "refresh_repeated":
      return body.presented === body.counter
        ? `Refreshed: refresh token ${body.counter} goes on, since it was handed out less than 30 seconds ago.`
        : `Refresh token ${body.presented} was presented again and got the same successor, ${body.counter}: an answer was lost, or two asked at once.`;
    case "refresh_reused":
      return `Refresh token ${body.presented} was presented again when ${body.counter} had long taken its place. One of the two who hold it is not the user, so the session ended; the user's other sessions stay.`;
    case "ledger_behind":
      return `Generation ${body.presented} was presented, and the ledger knew only ${body.counter}: the ledger had lost a commit, and took it back from the handle.`;
    case "revocations_restored":
      return `The ledger had lost revocations that it had told of, and was given them back: ${endings(body.sessions, body.keys)}, ${counted(body.users, "user")} decided about again.`;
    case "access_token_issued":
      return "A fresh access token was issued for the cookie.";
    case "user_created":
      return "The user was created.";
    case "user_deleted":
      return "The user was deleted; every session ended.";
    case "user_disabled":
      return "The user was disabled; every session ended.";
    case "user_enabled":
      return "The user was enabled.";
    case "roles_changed":
      return `The roles changed from ${list(body.from)} to ${list(body.to)}; older access tokens are refused until they are refreshed.`;
    case "password_set":
      return "The password was set; every other session ended.";
    case "password_code_issued":
      return body.passwordDropped
        ? "The password was taken away, and a one-time code issued for a new one; every session ended."
        : "A one-time code for a new password was issued; the password stays until it is redeemed.";
    case "password_code_refused":
      return `A one-time code was asked for, and none was sent: ${REFUSED[body.reason]}.`;
    case "username_taken":
      return "Somebody tried to register by this user's name; nothing changed.";
    case "all_sessions_ended":
      return `${body.ended} of the user's sessions ended: ${END[body.reason]}.`;
    case "every_session_ended":
      return `Everybody was signed out: ${counted(body.ended, "session")} ended.`;
    case "signing_key_added":
      return `Signing key ${body.kid} (${body.algorithm}) was added.`;
    case "signing_key_announced":
      return `Signing key ${body.kid} (${body.algorithm}) was announced: it is in the JWK Set, and signs nothing yet.`;
    case "signing_key_promoted":
      return `Signing key ${body.kid} signs from here on.`;
    case "signing_key_removed":
      return `Signing key ${body.kid} was removed: nothing that it signed is alive.`;
    case "signing_key_retired":
      return `Signing key ${body.kid} was retired: it verifies, and signs no more.`;
    case "signing_key_revoked":
      return `Signing key ${body.kid} was revoked: every token that it signed is refused.`;
    case "secret_adopted":
      return `Secret number ${body.version} (fingerprint ${body.fingerprint}) was used for the first time.`;
    case "secrets_replaced":
      return `All secrets were replaced by the one of fingerprint ${body.fingerprint}: what they sealed is worthless, and everybody signs in again.`;
    case "verifier_added":
      return `The service ${body.name} (${body.id}) was registered: it may introspect tokens.`;
    case "verifier_removed":
      return `The service ${body.name} (${body.id}) was taken away: its credential is refused from here on.`;
    case "ledger_restored":
      return `The ledger was restored from a backup: ${endings(body.sessionsEnded, body.keysRevoked)}, ${counted(body.verifiersRemoved, "service")} taken away.`;
    case "refused":
      return `${body.route} was refused as ${body.code}: ${REFUSED[body.reason]}.${body.detail === null ? "" : ` (${body.detail})`}`;
    case "guessing_suspected":
      return `Somebody may be guessing session tokens: ${body.count} that this server never sealed came from that address. None was good, and nobody else is affected.`;
    case "events_dropped":
      return `${body.count} events (refusals, repeats, issued tokens) came faster than they could be written, and are only counted.`;
  }
}

const END: Readonly<Record<EndReason, string>> = {
  inactive: "nobody used it for longer than its inactivity timeout",
  lifetime: "it reached its absolute lifetime",
  logout: "the user signed out",
  logout_all: "the user signed out everywhere",
  ended_by_user: "the user ended it from another session",
  ended_by_operator: "the application or an operator ended it",
  replaced: "the same browser signed in again",
  session_limit: "the user has more sessions than are kept, and this one was the longest inactive",
  reuse: "a refresh token was used twice",
  password_changed: "the password was changed, or taken away",
  disabled: "the user was disabled",
  deleted: "the user was deleted",
  everybody: "an operator signed everybody out",
  restored: "the ledger was restored from a backup, and what had been revoked since could not be told",
};

const REFUSED: Readonly<Record<RefusalReason, string>> = {
  wrong_password: "the password was wrong",
  unknown_user: "there is no such user",
  user_disabled: "the user is disabled",
  no_password: "the user has no password: none was chosen yet, or it was taken away",
  password_refused: "the new password does not keep to the rules for passwords",
  unknown_code: "that one-time code has been used or replaced, has run out, or never was one",
  refused_by_application: "the application's own check refused the user name and password",
  too_many_attempts: "too many attempts were made",
  overloaded: "more passwords were to be checked than there is room for",
  reset_queue_full: "more requests for a one-time code were waiting than the queue takes",
  event_streams_full: "as many event streams were open as one process, or one session, has room for",
  no_credential: "no credential came with it",
  ambiguous_credentials: "a credential came twice, or in two places",
  forged_or_mistyped:
    "this server never sealed that credential: it is mistyped, cut, made up, or of another server or secret",
  unknown_session: "its session is not in the ledger: it was purged, or there never was one",
  session_over: "its session had ended",
  session_expired: "its session had run out",
  superseded: "the cookie is older than the last re-authentication",
  refresh_token_reused: "the refresh token had been used before, and longer than 30 seconds ago; the session ended",
  access_token_refused: "the access token did not pass",
  unknown_client: "it came in the name of a client that there is not, or with a client's secret, which none has here",
  unknown_verifier: "no verifier that is registered was meant",
  unknown_key: "no signing key of that name is in the ledger",
  second_factor_required: "the password was right, and a second factor was asked for",
  second_factor_refused: "the password was right, and the second factor was wrong",
  not_recently_authenticated: "it takes a recent proof of presence",
  cross_site: "a page of another site sent it",
  no_origin: "it carried the cookie, and neither Sec-Fetch-Site nor Origin said where it came from",
  browser_asked_for_bearer: "a browser page asked for a refresh token, which it could not keep safe",
  conflict: "it did not go together with what there is",
  insufficient_role: "the user has not the role that it takes",
  malformed: "the request was malformed",
};

/** Why a session ended, as half a sentence. */
export function endSentence(reason: EndReason): string {
  return END[reason];
}

/** Why a request was refused, as half a sentence. */
export function refusalSentence(reason: RefusalReason): string {
  return REFUSED[reason];
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
