import { carry, unsealHandle } from "@counterfoil/core";
import type { Session } from "@counterfoil/core";
import { PATHS, readCredential } from "@counterfoil/protocol";
import { z } from "zod";
import type { Services } from "../../services.ts";
import { NOT_AUTHENTICATED, refusedCredential } from "../authenticated.ts";
import { readBody } from "../body.ts";
import { withBodyToken } from "../body-token.ts";
import type { Call } from "../call.ts";
import { isBrowser } from "../guard.ts";
import { answerRedemption, RedemptionHeaders } from "../redemption.ts";
import { refuse } from "../refusal.ts";
import type { Route } from "../route.ts";
import { sessionAnswer, SessionTokens } from "../session-answer.ts";

const RefreshBody = z.strictObject({
  refresh_token: z.string("expected a string").optional().describe("Where it does not come in `Authorization`."),
  background: z
    .boolean("expected true or false")
    .optional()
    .describe("Nobody is there: the refresh is no activity, and the inactivity timeout goes on."),
});

/** `POST /refresh`: a refresh token, or the session cookie, for a fresh access token. */
export const refresh: Route = {
  method: "POST",
  path: PATHS.refresh,
  about: {
    operation: "refresh",
    summary: "Exchanges a refresh token, or the session cookie, for a fresh access token.",
    access: "session",
    credentials: ["refresh_token", "cookie"],
    body: RefreshBody,
    headers: RedemptionHeaders,
    answers: { 200: SessionTokens },
    cookie: "sets",
    errors: ["not_authenticated", "invalid_grant", "invalid_session"],
  },
  async handle(services, call) {
    const { refresh_token, background = false } = await readBody(call.request, RefreshBody);
    const credential = withBodyToken(readCredential(call.request, services.cookieName), refresh_token);
    switch (credential.kind) {
      case "none":
        // A page asks by this whether somebody is signed in: a visitor is no attempt (decisions/006-refusal-events.md).
        return refuse(services, call, { ...NOT_AUTHENTICATED, event: !isBrowser(call.request.headers) });
      case "ambiguous":
      case "malformed":
        return refuse(services, call, refusedCredential(credential));
      case "cookie":
        return refreshByCookie(services, call, credential.token, background);
      case "bearer":
        return answerRedemption(services, call, credential.token, { background });
    }
  },
};

async function refreshByCookie(services: Services, call: Call, token: string, background: boolean): Promise<Response> {
  const resolved = await services.resolver.bySessionToken(token, "mint", !background);
  if (resolved.outcome === "refused") return refuse(services, call, { ...resolved, code: "invalid_grant" });
  const { session, now } = resolved;
  const { sid, subject } = session;
  services.recorder.record({ body: { type: "access_token_issued" }, sid, subject, context: call.context });
  return sessionAnswer(services, call, { session, now, handle: resealed(services, session, token) });
}

/** The same session token under the secret that seals now, where an older one sealed it. */
function resealed(services: Services, session: Session, token: string): string | null {
  const handle = unsealHandle(services.crypto, services.keyring, "session", token);
  if (handle === null || handle.secretVersion === services.keyring.sealing.version) return null;
  return carry(services, session, handle.locator);
}
