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
  handle: (services, call) => {
    const { issuer } = services.settings;
    return json(
      call,
      200,
      {
        issuer,
        token_endpoint: issuer + PATHS.token,
        // The one client is public: it has nothing to authenticate with.
        token_endpoint_auth_methods_supported: ["none"],
        revocation_endpoint: issuer + PATHS.revoke,
        revocation_endpoint_auth_methods_supported: ["none"],
        introspection_endpoint: issuer + PATHS.introspect,
        introspection_endpoint_auth_methods_supported: ["Bearer", "client_secret_basic"],
        jwks_uri: issuer + PATHS.jwkSet,
        // Required, and empty: nobody is sent here to sign in for somebody else.
        response_types_supported: [],
        grant_types_supported: ["refresh_token"],
      },
      CACHED,
    );
  },
};
