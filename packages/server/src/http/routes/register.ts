import { register as registerUser } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { errorAnswer, json } from "../answer.ts";
import { newPassword, readBody, username } from "../body.ts";
import { whereOwnPasswords } from "../own-passwords.ts";
import { refuse, refusePassword } from "../refusal.ts";
import { addressBucket } from "../remote-address.ts";
import type { Route } from "../route.ts";

const RegisterBody = z.strictObject({ username, password: newPassword });

/**
 * `POST /register`: a stranger makes himself a user. The answer is the same whether or not the name was free
 * (decisions/012-registration.md), and signs nobody in.
 */
export const register: Route = {
  method: "POST",
  path: PATHS.register,
  about: {
    operation: "register",
    summary: "Registers a new user, where registration is open; the answer does not tell whether the name was free.",
    access: "anyone",
    body: RegisterBody,
    answers: { 201: z.object({ user: z.object({ username: z.string() }) }) },
    errors: ["invalid_request", "password_refused", "not_found", "too_many_attempts", "overloaded"],
  },
  handle: whereOwnPasswords(async (services, call) => {
    if (services.settings.registration === "closed") return errorAnswer(call, "not_found");
    // Before the body is read: a flood costs everybody else the least where it is sent away first.
    if (services.signIn.places.full) return refusePassword(services, call, { outcome: "overloaded" });
    const body = await readBody(call.request, RegisterBody);
    const parts = { ...services.signIn, policy: services.passwordPolicy };
    const input = { ...body, addressBucket: addressBucket(call.context.remoteAddress) };
    const registered = await registerUser(parts, input, call.context);
    switch (registered.outcome) {
      case "created":
      case "taken":
        return json(call, 201, { user: { username: body.username } });
      case "username_refused":
        return refuse(services, call, { ...registered, code: "invalid_request", reason: "malformed" });
      case "password_refused":
        return refuse(services, call, { ...registered, code: "password_refused", reason: "password_refused" });
      case "limited":
      case "overloaded":
        return refusePassword(services, call, registered);
    }
  }),
};
