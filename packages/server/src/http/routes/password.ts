import { changePassword, parsePassword, reauthenticate, redeemPasswordCode } from "@counterfoil/core";
import { PATHS, readCredential } from "@counterfoil/protocol";
import { z } from "zod";
import type { Services } from "../../services.ts";
import { noContent } from "../answer.ts";
import { refusedCredential } from "../authenticated.ts";
import { newPassword, password as currentPassword, readBody, secondFactor } from "../body.ts";
import type { Call } from "../call.ts";
import { whereOwnPasswords } from "../own-passwords.ts";
import { answerProof } from "../prove-again.ts";
import { authenticateProver } from "../prover.ts";
import { refuse, refusePassword } from "../refusal.ts";
import { addressBucket } from "../remote-address.ts";
import type { Route } from "../route.ts";
import { ReauthenticatedTokens } from "../session-answer.ts";

const PasswordBody = z.strictObject({
  new_password: newPassword,
  current_password: currentPassword.optional(),
  second_factor: secondFactor.optional(),
  code: z.string("expected a string").optional(),
});

type Passwords = z.infer<typeof PasswordBody>;

/**
 * `POST /password`: a new password, by the current one or by a one-time code. By the current one the session stays, as
 * at a re-authentication, and all others end; by a code all end, and nobody is signed in.
 */
export const password: Route = {
  method: "POST",
  path: PATHS.password,
  about: {
    operation: "setPassword",
    summary:
      "Changes the password of whoever is signed in, with the current one; or sets it by a one-time code, without a credential.",
    access: "anyone",
    body: PasswordBody,
    credentials: ["none", "cookie", "access_token"],
    answers: { 200: ReauthenticatedTokens, 204: null },
    cookie: "sets",
    errors: [
      "invalid_request",
      "ambiguous_credentials",
      "password_refused",
      "invalid_credentials",
      "second_factor_required",
      "invalid_code",
      "not_authenticated",
      "invalid_session",
      "invalid_token",
      "claims_changed",
      "not_found",
      "too_many_attempts",
      "overloaded",
    ],
  },
  handle: whereOwnPasswords(async (services, call) => {
    // Before the body is read: a flood costs everybody else the least where it is sent away first.
    if (services.signIn.places.full) return refusePassword(services, call, { outcome: "overloaded" });
    const body = await readBody(call.request, PasswordBody);
    return body.code === undefined ? change(services, call, body) : redeem(services, call, body, body.code);
  }),
};

async function change(services: Services, call: Call, body: Passwords): Promise<Response> {
  const prover = await authenticateProver(services, call.request);
  if (prover.outcome === "refused") return refuse(services, call, prover);
  const { current_password, new_password, second_factor } = body;
  if (prover.isRepeat) {
    // What was to be the new password is the current one by now, if it is the answer to this change that was lost.
    const repeated = parsePassword(new_password);
    return answerProof(services, call, prover, async (session, carried) => {
      if (repeated === null) return { outcome: "session_over" };
      const proof = { password: repeated, secondFactor: second_factor, ...carried };
      return reauthenticate(services.signIn, session, proof, call.context);
    });
  }
  if (current_password === undefined) {
    const sentence = "Send the current password too, as current_password; or a one-time code, as code.";
    const { sid, subject } = prover.who;
    return refuse(services, call, { code: "invalid_credentials", reason: "no_credential", sentence, sid, subject });
  }
  return answerProof(services, call, prover, async (session, carried) => {
    const parts = { ...services.signIn, policy: services.passwordPolicy };
    const proof = { password: current_password, secondFactor: second_factor, ...carried };
    const changed = await changePassword(parts, session, proof, new_password, call.context);
    return changed.outcome === "password_refused"
      ? { outcome: "not_proved", refusal: { ...changed, code: "password_refused", reason: "password_refused" } }
      : changed;
  });
}

async function redeem(services: Services, call: Call, body: Passwords, code: string): Promise<Response> {
  const credential = readCredential(call.request, services.cookieName);
  if (credential.kind === "malformed" && credential.code === "invalid_request") {
    return refuse(services, call, refusedCredential(credential));
  }
  // A browser adds its cookie by itself, and that is not looked at; whoever sends a token or another password means it.
  if (credential.kind === "bearer" || credential.kind === "ambiguous" || body.current_password !== undefined) {
    const sentence = "A one-time code came with another credential: send one of them.";
    return refuse(services, call, { code: "ambiguous_credentials", reason: "ambiguous_credentials", sentence });
  }
  const parts = { ...services.signIn, policy: services.passwordPolicy };
  const presented = {
    code,
    newText: body.new_password,
    addressBucket: addressBucket(call.context.remoteAddress),
  };
  const redeemed = await redeemPasswordCode(parts, presented, call.context);
  switch (redeemed.outcome) {
    case "set":
      await services.revoked();
      return noContent(call);
    case "unknown_code":
      return refuse(services, call, { code: "invalid_code", reason: "unknown_code" });
    case "password_refused":
      return refuse(services, call, { ...redeemed, code: "password_refused", reason: "password_refused" });
    case "limited":
    case "overloaded":
      return refusePassword(services, call, redeemed);
  }
}
