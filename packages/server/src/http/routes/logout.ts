import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import type { Services } from "../../services.ts";
import { noContent } from "../answer.ts";
import { refusedCredential } from "../authenticated.ts";
import { readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { clearedCookie } from "../cookie.ts";
import type { CarriedCredential } from "../own-session.ts";
import { findOwnSession, readCarriedCredential } from "../own-session.ts";
import { refuse } from "../refusal.ts";
import type { Route } from "../route.ts";

const LogoutAllBody = z.strictObject({ refresh_token: z.string("expected a string").optional() });
const LogoutBody = LogoutAllBody.extend({ sid: z.string("expected a string").optional() });

/**
 * `POST /logout`: ends the session that the credential is of, whatever its generation; that nothing is left to end is
 * no error. With `sid`, that session or nothing: a logout that was remembered while offline must not end the session
 * that was opened since.
 */
export const logout: Route = {
  method: "POST",
  path: PATHS.logout,
  async handle(services, call) {
    const { refresh_token, sid: wanted } = await readBody(call.request, LogoutBody);
    const credential = readCarriedCredential(services, call.request, refresh_token);
    if (isUnreadable(credential)) return refuse(services, call, refusedCredential(credential));
    const own = await findOwnSession(services, credential);
    if (own.outcome === "refused") return refuse(services, call, own);
    if (own.outcome === "none") return wanted === undefined ? signedOut(services, call) : noContent(call);
    const { sid, transport } = own.session;
    if (wanted !== undefined && wanted !== sid) return noContent(call);
    await services.ledger.revokeSession({ sid, subject: null, reason: "logout", context: call.context });
    await services.revoked();
    return transport === "cookie" ? signedOut(services, call) : noContent(call);
  },
};

/** `POST /logout/all`: ends every session of the user. It is about others too, so the credential must be current. */
export const logoutAll: Route = {
  method: "POST",
  path: PATHS.logoutAll,
  async handle(services, call) {
    const { refresh_token } = await readBody(call.request, LogoutAllBody);
    const credential = readCarriedCredential(services, call.request, refresh_token);
    if (isUnreadable(credential)) return refuse(services, call, refusedCredential(credential));
    const own = await findOwnSession(services, credential);
    if (own.outcome === "refused") return refuse(services, call, own);
    if (own.outcome === "none" || !own.current) {
      const code = credential.kind === "refresh" ? "invalid_grant" : "invalid_session";
      if (credential.kind === "none")
        return refuse(services, call, { code: "not_authenticated", reason: "no_credential" });
      return refuse(services, call, { code, reason: "session_over" });
    }
    const { subject, transport } = own.session;
    await services.ledger.revokeSessions({ subject, except: null, reason: "logout_all", context: call.context });
    await services.revoked();
    return transport === "cookie" ? signedOut(services, call) : noContent(call);
  },
};

/** Two credentials, or one that cannot be read. A cookie that cannot be read is none: logging out clears it away. */
function isUnreadable(
  credential: CarriedCredential,
): credential is Extract<CarriedCredential, { readonly kind: "ambiguous" | "malformed" }> {
  return credential.kind === "ambiguous" || credential.kind === "malformed";
}

/** The one answer that clears the cookie. Never `"cookies"`: Chromium then takes the sibling hosts' cookies too. */
function signedOut(services: Services, call: Call): Response {
  const { secure, cookieDomain } = services.settings;
  return noContent(call, {
    "Set-Cookie": clearedCookie({ name: services.cookieName, secure, domain: cookieDomain }),
    "Clear-Site-Data": '"cache"',
  });
}
