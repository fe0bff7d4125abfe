import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { json } from "../answer.ts";
import { forVerifier } from "../for-verifier.ts";
import { readForm } from "../form.ts";
import { Active, Inactive, introspect } from "../introspection.ts";
import { refuse } from "../refusal.ts";
import type { Route } from "../route.ts";

const IntrospectBody = z.object({
  token: z.string().describe("An access token, a refresh token or a session token."),
  token_type_hint: z.string().optional().describe("Not needed: a token tells by its form what it is."),
  activity: z
    .enum(["true", "false"])
    .optional()
    .describe(
      "`true` where a session token came with a request of the user's own: it then counts as the session's activity.",
    ),
});

/**
 * `POST /oauth/introspect` (RFC 7662): whether a token is good at this moment, for a registered verifier. The answer
 * comes from the ledger. It spends nothing, and is the user's activity only if the service says so.
 */
export const oauthIntrospect: Route = {
  method: "POST",
  path: PATHS.introspect,
  about: {
    operation: "oauthIntrospect",
    summary: "Tells whether a token is good at this moment, as the ledger has it (RFC 7662).",
    access: "verifier",
    body: IntrospectBody,
    bodyType: "form",
    answers: { 200: z.union([Inactive, Active]) },
    errors: ["invalid_client"],
  },
  handle: forVerifier(async (services, call) => {
    const form = await readForm(call.request);
    const token = form.get("token");
    if (token === undefined) {
      const sentence = "The parameter token is missing.";
      return refuse(services, call, { code: "invalid_request", reason: "malformed", sentence });
    }
    const activity = form.get("activity") ?? "false";
    if (activity !== "true" && activity !== "false") {
      const sentence = "The parameter activity is true or false.";
      return refuse(services, call, { code: "invalid_request", reason: "malformed", sentence });
    }
    return json(call, 200, await introspect(services, token, { activity: activity === "true" }));
  }),
};
