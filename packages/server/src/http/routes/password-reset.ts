import { onAttempt, resetAttempts } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { errorAnswer, json } from "../answer.ts";
import { readBody, username } from "../body.ts";
import { whereOwnPasswords } from "../own-passwords.ts";
import { refusePassword } from "../refusal.ts";
import { addressBucket } from "../remote-address.ts";
import type { Route } from "../route.ts";

const ResetBody = z.strictObject({ username });

/** `POST /password/reset`: whoever has forgotten the password asks for a one-time code, which the application sends. */
export const passwordReset: Route = {
  method: "POST",
  path: PATHS.passwordReset,
  about: {
    operation: "requestPasswordReset",
    summary: "Asks for a one-time code to be sent to the user; the answer does not tell whether there is such a user.",
    access: "anyone",
    body: ResetBody,
    answers: { 202: z.object({ status: z.literal("accepted") }) },
    errors: ["invalid_request", "not_found", "too_many_attempts", "overloaded"],
  },
  handle: whereOwnPasswords(async (services, call) => {
    const { passwordResets: resets } = services;
    if (resets === null) return errorAnswer(call, "not_found");
    // What would not be done is not promised.
    if (resets.full) return refusePassword(services, call, { outcome: "overloaded", reason: "reset_queue_full" });
    const body = await readBody(call.request, ResetBody);
    const limit = resetAttempts(addressBucket(call.context.remoteAddress));
    const asked = await onAttempt(
      services.ledger,
      limit,
      async () => {
        resets.add({ username: body.username, context: call.context });
        return { outcome: "accepted" } as const;
      },
      () => false,
    );
    return asked.outcome === "limited"
      ? refusePassword(services, call, asked)
      : json(call, 202, { status: "accepted" });
  }),
};
