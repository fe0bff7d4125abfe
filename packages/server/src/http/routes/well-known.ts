import { PATHS } from "@counterfoil/protocol";
import { json } from "../answer.ts";
import type { Route } from "../route.ts";

/** Public, and the same for everybody. Short, so that a new key is soon known (design: keys are announced first). */
const CACHED = { "Cache-Control": "public, max-age=300" };

/** `GET /.well-known/jwks.json`: the public signing keys (RFC 7517). */
export const jwkSet: Route = {
  method: "GET",
  path: PATHS.jwkSet,
  handle: (services, call) => json(call, 200, services.keys.jwkSet, CACHED),
};

/** `GET /.well-known/oauth-authorization-server`: RFC 8414, for the endpoints that there are. */
export const metadata: Route = {
  method: "GET",
  path: PATHS.metadata,
  handle: (services, call) =>
    json(
      call,
      200,
      {
        issuer: services.settings.issuer,
        jwks_uri: services.settings.issuer + PATHS.jwkSet,
        // Required, and empty: nobody is sent here to sign in for somebody else, and there is no grant to exchange.
        response_types_supported: [],
        grant_types_supported: [],
      },
      CACHED,
    ),
};
