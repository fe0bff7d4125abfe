import { isTokenText } from "@counterfoil/protocol";
import type { Credential } from "@counterfoil/protocol";
import type { JsonValue } from "./json.ts";

/**
 * For routes that also take the token from the JSON body.
 *
 * @param credential from `readCredential`
 * @param bodyToken the body's member, such as `body["refresh_token"]`; `undefined` where there is none
 */
export function withBodyToken(credential: Credential, bodyToken: JsonValue | undefined): Credential {
  if (bodyToken === undefined) return credential;
  switch (credential.kind) {
    case "ambiguous":
    case "malformed":
      return credential;
    case "bearer":
      return ambiguous("A token came in the Authorization header and another one in the body: send one of them.");
    case "cookie":
      return ambiguous(
        "The session cookie came with the request, and a token in the body: leave one of them out, or send the token " +
          "as `Authorization: Bearer …`, beside which the cookie is not read.",
      );
    case "none":
      if (typeof bodyToken !== "string" || !isTokenText(bodyToken)) {
        const why = "The token in the body must be a string, exactly as it was issued.";
        return { kind: "malformed", code: "invalid_request", why };
      }
      return { kind: "bearer", token: bodyToken };
  }
}

function ambiguous(why: string): Credential {
  return { kind: "ambiguous", code: "ambiguous_credentials", why };
}
