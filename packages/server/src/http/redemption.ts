import { redeemRefreshToken } from "@counterfoil/core";
import type { Refreshed } from "@counterfoil/core";
import { z } from "zod";
import type { Services } from "../services.ts";
import type { Call } from "./call.ts";
import { refuse } from "./refusal.ts";
import { sessionAnswer } from "./session-answer.ts";

/** Of the token, not of the request (design: "Redeem"): printable, and long enough not to be met by chance. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{8,255}$/;

export const RedemptionHeaders = z.object({
  "Idempotency-Key": z
    .string()
    .regex(IDEMPOTENCY_KEY)
    .optional()
    .describe(
      "Belongs to the refresh token: made at the first attempt to redeem it, stored beside it, and sent with each " +
        "repeat. Whose answer was lost then gets the same successor, however late.",
    ),
});

export interface RedemptionWish {
  readonly background: boolean;
  /** The one audience that the access token is to be for; all of the session's where it is left out. */
  readonly audience?: string | undefined;
}

/** Redeems a refresh token and answers with the tokens that follow: the same at `/refresh` and at `/oauth/token`. */
export async function answerRedemption(
  services: Services,
  call: Call,
  token: string,
  { background, audience }: RedemptionWish,
): Promise<Response> {
  const idempotencyKey = call.request.headers.get("idempotency-key");
  if (idempotencyKey !== null && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    return refuse(services, call, {
      code: "invalid_request",
      reason: "malformed",
      sentence: "Idempotency-Key must be 8 to 255 printable ASCII characters without spaces, and sent once.",
    });
  }
  const wish = { idempotencyKey, background, audience };
  const refreshed = await redeemRefreshToken(services, token, wish, call.context);
  switch (refreshed.outcome) {
    case "refused":
      return refuseRedemption(services, call, refreshed);
    case "other_audience":
      return refuse(services, call, { ...refreshed, code: "invalid_target", reason: "malformed" });
    case "repeated": {
      const { presented, session } = refreshed;
      const body = { type: "refresh_repeated", presented, counter: session.counter } as const;
      services.recorder.record({ body, sid: session.sid, subject: session.subject, context: call.context });
      return sessionAnswer(services, call, { ...refreshed, audience });
    }
    case "rotated":
      return sessionAnswer(services, call, { ...refreshed, audience });
  }
}

/** Unknown, expired, revoked and reused look the same from outside; reuse has ended the session. */
async function refuseRedemption(
  services: Services,
  call: Call,
  refused: Extract<Refreshed, { readonly outcome: "refused" }>,
): Promise<Response> {
  if (refused.reason === "refresh_token_reused") await services.revoked();
  return refuse(services, call, { ...refused, code: "invalid_grant" });
}
