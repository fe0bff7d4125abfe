import { createVerifier } from "@counterfoil/verifier/node";
import type { AccessTokenVerifier } from "@counterfoil/verifier";

const issuer = process.env["COUNTERFOIL_ISSUER"] ?? "http://localhost:4000";

// One for the whole process, whichever bundle asks for it, and only once a request does: a build has no credential.
const kept = globalThis as { counterfoilVerifier?: AccessTokenVerifier };

export function verifier(): AccessTokenVerifier {
  return (kept.counterfoilVerifier ??= createVerifier({
    issuer,
    audience: process.env["COUNTERFOIL_AUDIENCE"] ?? issuer,
    credential: process.env["COUNTERFOIL_CREDENTIAL"] ?? "",
    sessionCookie: "host",
  }));
}
