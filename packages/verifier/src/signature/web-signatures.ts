import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { VerificationJwk } from "../key/jwk.ts";
import type { AsyncSignatureCheck, AsyncSignaturePort } from "./signature-port.ts";

/**
 * Signatures by Web Cryptography, which browsers, Workers, Deno, Bun and Node have: the same algorithms as those of
 * `node:crypto`. Ed25519 came last, and an older runtime lacks it: there such a key is refused when it is set.
 */
export const webSignatures: AsyncSignaturePort = {
  async importKey(jwk: VerificationJwk): Promise<AsyncSignatureCheck> {
    const { alg, kid: _, ...material } = jwk;
    const algorithm = ALGORITHMS[alg];
    // Without `alg`: runtimes disagree on what that of an Ed25519 key has to be.
    const key = await crypto.subtle.importKey("jwk", material, algorithm, false, ["verify"]);
    return (signingInput, signature) => crypto.subtle.verify(algorithm, key, signature, signingInput);
  },
};

/** What each is over there. A MAC is compared in constant time, as the specification has it (WebCrypto §31.6.2). */
const ALGORITHMS: Readonly<Record<SigningAlgorithm, { name: string; hash?: string; namedCurve?: string }>> = {
  ES256: { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" },
  Ed25519: { name: "Ed25519" },
  EdDSA: { name: "Ed25519" },
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  HS256: { name: "HMAC", hash: "SHA-256" },
};
