import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import type { Services } from "../../services.ts";
import { noContent } from "../answer.ts";
import { NOT_AUTHENTICATED, refusedCredential, sessionOver } from "../authenticated.ts";
import { readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { clearedCookie } from "../cookie.ts";
import type { CarriedCredential, OwnSession } from "../own-session.ts";
import { findOwnSession, readCarriedCredential } from "../own-session.ts";
import { refuse, refuseGuess } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import type { Route } from "../route.ts";

const LogoutAllBody = z.strictObject({
  refresh_token: z.string("expected a string").optional().describe("Where it does not come in `Authorization`."),
});
const LogoutBody = LogoutAllBody.extend({
  sid: z.string("expected a string").optional().describe("End this session or none."),
});

/**
 * `POST /logout`: ends the session that the credential is of, whatever its generation; that nothing is left to end is
 * no error. With `sid`, that session or nothing: a logout that was remembered while offline must not end the session
 * that was opened since.
 */
export const logout: Route = {
  method: "POST",
  path: PATHS.logout,
  about: {
    operation: "logout",
    summary: "Ends the session that the credential is of; that nothing is left to end is no error.",
    access: "session",
    credentials: ["none", "cookie", "access_token", "refresh_token"],
    body: LogoutBody,
    answers: { 204: null },
    cookie: "clears",
    errors: ["invalid_token", "claims_changed"],
  },
  async handle(services, call) {
    const { refresh_token, sid: wanted } = await readBody(call.request, LogoutBody);
    const credential = readCarriedCredential(services, call.request, refresh_token);
    if (isUnreadable(credential)) return refuse(services, call, refusedCredential(credential));
    const own = await findOwnSession(services, credential);
    if (own.outcome === "refused") return refuse(services, call, own);
    if (own.outcome === "none") {
      const guessed = own.forged ? refuseGuess(services, call) : null;
      return guessed ?? (wanted === undefined ? signedOut(services, call, credential) : noContent(call));
    }
    const { sid } = own.session;
    if (wanted !== undefined && wanted !== sid) return noContent(call);
    await services.ledger.revokeSession({ sid, subject: null, reason: "logout", context: call.context });
    await services.revoked();
    return signedOut(services, call, credential);
  },
};

/** `POST /logout/all`: ends every session of the user. It is about others too, so the credential must be current. */
export const logoutAll: Route = {
  method: "POST",
  path: PATHS.logoutAll,
  about: {
    operation: "logoutAll",
    summary: "Ends every session of the user.",
    access: "session",
    body: LogoutAllBody,
    answers: { 204: null },
    cookie: "clears",
    errors: ["not_authenticated", "invalid_grant", "invalid_session", "invalid_token", "claims_changed"],
  },
  async handle(services, call) {
    const { refresh_token } = await readBody(call.request, LogoutAllBody);
    const credential = readCarriedCredential(services, call.request, refresh_token);
    if (isUnreadable(credential)) return refuse(services, call, refusedCredential(credential));
    const own = await findOwnSession(services, credential);
    if (own.outcome === "refused") return refuse(services, call, own);
    if (own.outcome === "none" || !own.current) return refuse(services, call, notCurrent(credential, own));
    const { subject } = own.session;
    await services.ledger.revokeSessions({ subject, except: null, reason: "logout_all", context: call.context });
    await services.revoked();
    return signedOut(services, call, credential);
  },
};

/** Two credentials, or one that cannot be read. A cookie that cannot be read is none: logging out clears it away. */
function isUnreadable(credential: CarriedCredential): credential is UnreadableCredential {
  return credential.kind === "ambiguous" || credential.kind === "malformed";
}

type UnreadableCredential = Extract<CarriedCredential, { readonly kind: "ambiguous" | "malformed" }>;
type ReadableCredential = Exclude<CarriedCredential, UnreadableCredential>;

/** The refusal of a credential that is of no session, or of none that it would still open. */
function notCurrent(
  credential: ReadableCredential,
  own: Exclude<OwnSession, { readonly outcome: "refused" }>,
): Refusal {
  const { sid, subject } = own.outcome === "found" ? own.session : { sid: null, subject: null };
  const reason = own.outcome === "none" && own.forged ? "forged_or_mistyped" : "session_over";
  switch (credential.kind) {
    case "none":
      return NOT_AUTHENTICATED;
    case "refresh":
      return { code: "invalid_grant", reason, sid, subject };
    case "session":
      return { ...sessionOver({ via: "cookie", sid, subject }), reason };
    case "access":
      return sessionOver({ via: "access_token", sid, subject });
  }
}

/**
 * Clears the cookie, where it was the credential or there was none. Beside an `Authorization` it is somebody else's:
 * it has not been read. Never `"cookies"`: Chromium then takes the sibling hosts' cookies too.
 */
function signedOut(services: Services, call: Call, credential: ReadableCredential): Response {
  if (credential.kind === "refresh" || credential.kind === "access") return noContent(call);
  const { secure, cookieDomain } = services.settings;
  return noContent(call, {
    "Set-Cookie": clearedCookie({ name: services.cookieName, secure, domain: cookieDomain }),
    "Clear-Site-Data": '"cache"',
  });
}
