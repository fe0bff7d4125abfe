import { carry, redeemRefreshToken, unsealHandle } from "@counterfoil/core";
import type { Refreshed, Session } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import type { Services } from "../../services.ts";
import { NOT_AUTHENTICATED, refusedCredential } from "../authenticated.ts";
import { readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { readCredential, withBodyToken } from "../credential.ts";
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

/** Of the token, not of the request (design: "Redeem"): printable, and long enough not to be met by chance. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{8,255}$/;

const RefreshHeaders = z.object({
  "Idempotency-Key": z
    .string()
    .regex(IDEMPOTENCY_KEY)
    .optional()
    .describe(
      "Belongs to the refresh token: made at the first attempt to redeem it, stored beside it, and sent with each " +
        "repeat. Whose answer was lost then gets the same successor, however late.",
    ),
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
    headers: RefreshHeaders,
    answers: { 200: SessionTokens },
    cookie: "sets",
    errors: ["not_authenticated", "invalid_grant", "invalid_session"],
  },
  async handle(services, call) {
    const { refresh_token, background = false } = await readBody(call.request, RefreshBody);
    const credential = withBodyToken(readCredential(call.request, services.cookieName), refresh_token);
    switch (credential.kind) {
      case "none":
        return refuse(services, call, NOT_AUTHENTICATED);
      case "ambiguous":
      case "malformed":
        return refuse(services, call, refusedCredential(credential));
      case "cookie":
        return refreshByCookie(services, call, credential.token, background);
      case "bearer":
        return refreshByToken(services, call, credential.token, background);
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

async function refreshByToken(services: Services, call: Call, token: string, background: boolean): Promise<Response> {
  const idempotencyKey = call.request.headers.get("idempotency-key");
  if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    return refuse(services, call, {
      code: "invalid_request",
      reason: "malformed",
      sentence: "Idempotency-Key must be 8 to 255 printable ASCII characters without spaces, and sent once.",
    });
  }
  const refreshed = await redeemRefreshToken(services, token, { idempotencyKey, background }, call.context);
  if (refreshed.outcome === "refused") return refuseRefresh(services, call, refreshed);
  const { session } = refreshed;
  if (refreshed.outcome === "repeated") {
    const body = { type: "refresh_repeated", presented: refreshed.presented, counter: session.counter } as const;
    services.recorder.record({ body, sid: session.sid, subject: session.subject, context: call.context });
  }
  return sessionAnswer(services, call, refreshed);
}

/** Unknown, expired, revoked and reused look the same from outside; reuse has ended the session. */
async function refuseRefresh(
  services: Services,
  call: Call,
  refused: Extract<Refreshed, { readonly outcome: "refused" }>,
): Promise<Response> {
  if (refused.reason === "refresh_token_reused") await services.revoked();
  return refuse(services, call, { ...refused, code: "invalid_grant" });
}
