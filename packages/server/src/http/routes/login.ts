import { signIn } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { deviceName, password, readBody, secondFactor, username } from "../body.ts";
import { refuse, refusePassword } from "../refusal.ts";
import { addressBucket } from "../remote-address.ts";
import type { Route } from "../route.ts";
import { answerSignIn, sessionWish } from "../sign-in-answer.ts";

const LoginBody = z.strictObject({
  username,
  password,
  second_factor: secondFactor.optional(),
  transport: z.enum(["cookie", "bearer"], 'expected "cookie" or "bearer"').optional(),
  remember: z.boolean("expected true or false").optional(),
  audience: z.string("expected a string").optional(),
  device_name: deviceName.optional(),
});

/** `POST /login`: a user name and a password for a session. */
export const login: Route = {
  method: "POST",
  path: PATHS.login,
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
