import { FIRST_PARTY } from "@counterfoil/core";
import type { Services } from "../services.ts";
import type { Call } from "./call.ts";
import type { Form } from "./form.ts";
import { readForm } from "./form.ts";
import type { Refusal } from "./refusal.ts";
import { refuse } from "./refusal.ts";
import type { Route } from "./route.ts";

/** What a client would prove itself with, if it were a confidential one. */
const CLIENT_SECRETS = ["client_secret", "client_assertion", "client_assertion_type"];

/**
 * A handler of `/oauth/` for the one client that there is, which is public: it may say its name and has nothing to prove
 * it with (RFC 6749 §2.1). Whoever sends a secret believes in one that protects nothing, and is told. The session cookie
 * is not looked at.
 */
export function forPublicClient(
  handle: (services: Services, call: Call, form: Form) => Promise<Response>,
): Route["handle"] {
  return async (services, call) => {
    const { request } = call;
    const authorization = request.headers.get("authorization");
    if (authorization !== null) return refuse(services, call, authenticated(authorization));
    const form = await readForm(request);
    if (CLIENT_SECRETS.some((name) => form.has(name))) return refuse(services, call, WITH_SECRET);
    const client = form.get("client_id") ?? FIRST_PARTY;
    if (client !== FIRST_PARTY) return refuse(services, call, OTHER_CLIENT);
    return handle(services, call, form);
  };
}

const WITH_SECRET: Refusal = {
  code: "invalid_client",
  reason: "unknown_client",
  sentence: `The client ${FIRST_PARTY} is public and has no secret: leave client authentication out.`,
  headers: { "WWW-Authenticate": "Bearer" },
};

const OTHER_CLIENT: Refusal = {
  code: "invalid_grant",
  reason: "unknown_client",
  sentence: `The one client here is ${FIRST_PARTY}: nothing was issued to another.`,
};

/** RFC 6749 §5.2: the challenge is of the scheme that the client used. */
function authenticated(authorization: string): Refusal {
  const challenge = /^basic\b/i.test(authorization) ? 'Basic realm="counterfoil"' : "Bearer";
  return {
    ...WITH_SECRET,
    sentence: `The client ${FIRST_PARTY} is public: send the token in the body, and no Authorization header.`,
    headers: { "WWW-Authenticate": challenge },
  };
}
