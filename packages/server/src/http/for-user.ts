import type { Services } from "../services.ts";
import type { Authenticated } from "./authenticated.ts";
import { authenticateRequest } from "./authenticated.ts";
import type { Call } from "./call.ts";
import { refuse } from "./refusal.ts";
import type { Route } from "./route.ts";

/** A route's handler for whoever is signed in, by cookie or access token; everybody else is refused before it. */
export function forUser(
  handle: (services: Services, call: Call, who: Authenticated) => Promise<Response>,
): Route["handle"] {
  return async (services, call) => {
    const authentication = await authenticateRequest(services, call.request);
    if (authentication.outcome === "refused") return refuse(services, call, authentication);
    return handle(services, call, authentication.who);
  };
}
