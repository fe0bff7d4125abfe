import { FIRST_PARTY } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import type { Services } from "../../services.ts";
import type { Call } from "../call.ts";
import { forPublicClient } from "../for-public-client.ts";
import type { Form } from "../form.ts";
import { answerRedemption, RedemptionHeaders } from "../redemption.ts";
import { refuse } from "../refusal.ts";
import type { Route } from "../route.ts";
import { mayHoldRefreshTokens } from "../sign-in-answer.ts";

const TokenBody = z.object({
  grant_type: z.literal("refresh_token"),
  refresh_token: z.string(),
  client_id: z.literal(FIRST_PARTY).optional(),
  resource: z.string().optional().describe("One of the audiences that the session is for (RFC 8707)."),
  audience: z.string().optional().describe("The same, under its other name."),
});

const TokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.int(),
  refresh_token: z.string().describe("The one to use next."),
});

/**
 * `POST /oauth/token`: the refresh grant (RFC 6749 §6), for clients that speak OAuth. It redeems as `/refresh` does,
 * `Idempotency-Key` included. The password grant is not here (RFC 9700 §2.4): `/login` is an API of the first party's
 * own, and no client is given a user's password by it.
 */
export const oauthToken: Route = {
  method: "POST",
  path: PATHS.token,
  about: {
    operation: "oauthToken",
    summary: "Exchanges a refresh token for a fresh access token, as OAuth has it (RFC 6749).",
    access: "session",
    credentials: ["token_in_body"],
    headers: RedemptionHeaders,
    body: TokenBody,
    bodyType: "form",
    answers: { 200: TokenAnswer },
    errors: [
      "invalid_grant",
      "invalid_client",
      "unsupported_grant_type",
      "invalid_scope",
      "invalid_target",
      "bearer_refused",
    ],
  },
  handle: forPublicClient(async (services, call, form) => {
    const grant = form.get("grant_type");
    if (grant === undefined) return refuse(services, call, missing("grant_type"));
    if (grant !== "refresh_token") {
      return refuse(services, call, { code: "unsupported_grant_type", reason: "malformed" });
    }
    if (!mayHoldRefreshTokens(services.settings, call.request)) {
      return refuse(services, call, { code: "bearer_refused", reason: "browser_asked_for_bearer" });
    }
    return redeem(services, call, form);
  }),
};

async function redeem(services: Services, call: Call, form: Form): Promise<Response> {
  const token = form.get("refresh_token");
  if (token === undefined) return refuse(services, call, missing("refresh_token"));
  // None is granted at a sign-in, so any is more than was granted (RFC 6749 §6).
  if (form.has("scope")) return refuse(services, call, { code: "invalid_scope", reason: "malformed" });
  const [audience, ...others] = ["resource", "audience"].flatMap((name) => form.get(name) ?? []);
  const known = audience === undefined || services.settings.audience.includes(audience);
  if (!known || others.some((other) => other !== audience)) {
    return refuse(services, call, { code: "invalid_target", reason: "malformed" });
  }
  return answerRedemption(services, call, token, { background: false, audience });
}

function missing(name: string) {
  return { code: "invalid_request", reason: "malformed", sentence: `The parameter ${name} is missing.` } as const;
}
