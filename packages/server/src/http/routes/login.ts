import { signIn } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { deviceName, password, readBody, secondFactor, username } from "../body.ts";
import { refuse, refusePassword } from "../refusal.ts";
import { addressBucket } from "../remote-address.ts";
import type { Route } from "../route.ts";
import { SessionTokens } from "../session-answer.ts";
import { answerSignIn, sessionWish } from "../sign-in-answer.ts";

const LoginBody = z.strictObject({
  username,
  password,
  second_factor: secondFactor.optional(),
  transport: z
    .enum(["cookie", "bearer"], 'expected "cookie" or "bearer"')
    .optional()
    .describe("How the session travels. A browser's by cookie and any other's by tokens, where it is left out."),
  remember: z.boolean("expected true or false").optional().describe("For a cookie that outlives the browser's window."),
  audience: z
    .string("expected a string")
    .optional()
    .describe("Whom the access tokens are for: one of this server's audiences. All of them where it is left out."),
  device_name: deviceName.optional(),
});

/** `POST /login`: a user name and a password for a session. */
export const login: Route = {
  method: "POST",
  path: PATHS.login,
  about: {
    operation: "login",
    summary: "Signs in with a user name and a password.",
    access: "anyone",
    body: LoginBody,
    answers: { 200: SessionTokens },
    cookie: "sets",
    errors: [
      "invalid_target",
      "bearer_refused",
      "invalid_credentials",
      "second_factor_required",
      "too_many_attempts",
      "overloaded",
    ],
  },
  async handle(services, call) {
    // Before the body is read: a flood costs everybody else the least where it is sent away first.
    if (services.signIn.places.full) return refusePassword(services, call, { outcome: "overloaded" });
    const body = await readBody(call.request, LoginBody);
    const wish = sessionWish(services.settings, call.request, { ...body, deviceName: body.device_name });
    if (!wish.ok) return refuse(services, call, wish);
    const credentials = {
      ...body,
      secondFactor: body.second_factor,
      addressBucket: addressBucket(call.context.remoteAddress),
    };
    const signedIn = await signIn(services.signIn, credentials, wish, call.context);
    if (signedIn.outcome !== "signed_in") return refusePassword(services, call, signedIn);
    return answerSignIn(services, call, signedIn);
  },
};
