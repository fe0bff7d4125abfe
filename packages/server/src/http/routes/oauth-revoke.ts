import { FIRST_PARTY, HANDLE_PREFIX } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { json } from "../answer.ts";
import { forPublicClient } from "../for-public-client.ts";
import { findOwnSession } from "../own-session.ts";
import { refuse, refuseGuess } from "../refusal.ts";
import type { Route } from "../route.ts";

const RevokeBody = z.object({
  token: z.string().describe("A refresh token, or an access token."),
  token_type_hint: z.string().optional().describe("Not needed: a token tells by its form what it is."),
  client_id: z.literal(FIRST_PARTY).optional(),
});

/**
 * `POST /oauth/revoke` (RFC 7009): ends the session that the token is of, and with it every token of that sign-in. A
 * refresh token of any generation does, and so does an access token that would still be accepted: there is one record a
 * sign-in, and nothing of it outlives it. A token that is of no session, or no good any more, is revoked already (§2.2).
 */
export const oauthRevoke: Route = {
  method: "POST",
  path: PATHS.revoke,
  about: {
    operation: "oauthRevoke",
    summary: "Ends the session that a token is of, and with it every token of that sign-in (RFC 7009).",
    access: "session",
    credentials: ["token_in_body"],
    body: RevokeBody,
    bodyType: "form",
    answers: { 200: z.object({}) },
    errors: ["invalid_grant", "invalid_client", "unsupported_token_type"],
  },
  handle: forPublicClient(async (services, call, form) => {
    const token = form.get("token");
    if (token === undefined) {
      const sentence = "The parameter token is missing.";
      return refuse(services, call, { code: "invalid_request", reason: "malformed", sentence });
    }
    if (token.startsWith(HANDLE_PREFIX.session)) {
      return refuse(services, call, { code: "unsupported_token_type", reason: "malformed" });
    }
    // The token tells by its form what it is, so `token_type_hint` has nothing to add (§2.1).
    const kind = token.startsWith(HANDLE_PREFIX.refresh) ? "refresh" : "access";
    const own = await findOwnSession(services, { kind, token });
    const guessed = own.outcome === "none" && own.forged ? refuseGuess(services, call) : null;
    if (guessed !== null) return guessed;
    if (own.outcome === "found") {
      const { sid } = own.session;
      await services.ledger.revokeSession({ sid, subject: null, reason: "logout", context: call.context });
      await services.revoked();
    }
    return json(call, 200, {});
  }),
};
