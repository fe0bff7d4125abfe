import type { Services } from "../services.ts";
import type { Authenticated, Authentication } from "./authenticated.ts";
import { authenticateRequest } from "./authenticated.ts";
import type { Call } from "./call.ts";
import type { Soon } from "./check-token.ts";
import { wantsEventStream } from "./event-streams.ts";
import { refuse } from "./refusal.ts";
import type { Route } from "./route.ts";

/** A route's handler for whoever is signed in, by cookie or access token; everybody else is refused before it. */
export function forUser(
  handle: (services: Services, call: Call, who: Authenticated) => Soon<Response>,
): Route["handle"] {
  return (services, call) => {
    const answer = (authentication: Authentication) =>
      authentication.outcome === "refused"
        ? refuse(services, call, authentication)
        : handle(services, call, authentication.who);
    // A stream is open whether anybody looks at it or not (design: "One record, three credentials").
    const activity = !wantsEventStream(call.request);
    const authentication = authenticateRequest(services, call.request, { activity });
    return authentication instanceof Promise ? authentication.then(answer) : answer(authentication);
  };
}
