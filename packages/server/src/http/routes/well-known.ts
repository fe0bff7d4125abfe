import { PATHS, SIGNING_ALGORITHMS } from "@counterfoil/protocol";
import { z } from "zod";
import { json } from "../answer.ts";
import type { Route } from "../route.ts";
import { named } from "../schema.ts";

/** The rest of a key depends on its type (RFC 7518 §6). */
const PublicKey = named(
  "PublicKey",
  z.looseObject({
    kty: z.string(),
    kid: z.string(),
    alg: z.enum(SIGNING_ALGORITHMS),
    use: z.literal("sig"),
  }),
);
const names = z.array(z.string());
const Metadata = z.strictObject({
  issuer: z.string(),
  token_endpoint: z.string(),
  token_endpoint_auth_methods_supported: names,
  revocation_endpoint: z.string(),
  revocation_endpoint_auth_methods_supported: names,
  introspection_endpoint: z.string(),
  introspection_endpoint_auth_methods_supported: names,
  jwks_uri: z.string(),
  response_types_supported: names,
  grant_types_supported: names,
});

/** Public, and the same for everybody. Short, so that a new key is soon known (design: keys are announced first). */
export const CACHED = { "Cache-Control": "public, max-age=300" };

/** `GET /.well-known/jwks.json`: the public signing keys (RFC 7517). */
export const jwkSet: Route = {
  method: "GET",
  path: PATHS.jwkSet,
  about: {
    operation: "jwkSet",
    summary: "Lists the public keys that access tokens are verified with (RFC 7517).",
    access: "anyone",
    answers: { 200: z.strictObject({ keys: z.array(PublicKey) }) },
    errors: [],
  },
  handle: (services, call) => json(call, 200, services.keys.jwkSet, CACHED),
};

/** `GET /.well-known/oauth-authorization-server`: RFC 8414, for the endpoints that there are. */
export const metadata: Route = {
  method: "GET",
  path: PATHS.metadata,
  about: {
    operation: "metadata",
    summary: "Tells what this server is and where its endpoints are (RFC 8414).",
    access: "anyone",
    answers: { 200: Metadata },
    errors: [],
  },
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
