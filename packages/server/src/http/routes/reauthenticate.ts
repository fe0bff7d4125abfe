import { reauthenticate as proveAgain } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { password, readBody, secondFactor } from "../body.ts";
import { answerProof } from "../prove-again.ts";
import { authenticateProver } from "../prover.ts";
import { refuse, refusePassword } from "../refusal.ts";
import type { Route } from "../route.ts";
import { ReauthenticatedTokens } from "../session-answer.ts";

const ReauthenticateBody = z.strictObject({ password, second_factor: secondFactor.optional() });

/** `POST /reauthenticate`: the password again, for what needs a recent proof of presence. */
export const reauthenticate: Route = {
  method: "POST",
  path: PATHS.reauthenticate,
  about: {
    operation: "reauthenticate",
    summary:
      "Takes the password again, for what needs a recent proof of presence; a cookie is exchanged for a new one.",
    access: "user",
    body: ReauthenticateBody,
    answers: { 200: ReauthenticatedTokens },
    cookie: "sets",
    errors: ["invalid_credentials", "second_factor_required", "too_many_attempts", "overloaded"],
  },
  async handle(services, call) {
    // Before the body is read: a flood costs everybody else the least where it is sent away first.
    if (services.signIn.places.full) return refusePassword(services, call, { outcome: "overloaded" });
    const body = await readBody(call.request, ReauthenticateBody);
    const prover = await authenticateProver(services, call.request);
    if (prover.outcome === "refused") return refuse(services, call, prover);
    const { password: given, second_factor: factor } = body;
    return answerProof(services, call, prover, (session, carried) =>
      proveAgain(services.signIn, session, { password: given, secondFactor: factor, ...carried }, call.context),
    );
  },
};
