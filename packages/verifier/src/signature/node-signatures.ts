import { Buffer } from "node:buffer";
import { createHmac, createPublicKey, createSecretKey, timingSafeEqual, verify } from "node:crypto";
import type { VerificationJwk } from "../key/jwk.ts";
import { ES256_LENGTH, toDer } from "./ecdsa-der.ts";
import type { SignatureCheck, SignaturePort } from "./signature-port.ts";

/** Signatures by `node:crypto`: ES256, Ed25519 (also as EdDSA), RS256 and HS256 (RFC 7518 §3, RFC 8037, RFC 9864). */
export const nodeSignatures: SignaturePort = {
  importKey(jwk: VerificationJwk): SignatureCheck {
    switch (jwk.alg) {
      case "ES256":
        return checkEs256(jwk);
      case "Ed25519":
      case "EdDSA":
        return checkEd25519(jwk);
      case "RS256":
        return checkRs256(jwk);
      case "HS256":
        return checkHs256(jwk.k);
    }
  },
};

const MAC_BYTES = 32;

type PublicJwk = Exclude<VerificationJwk, { alg: "HS256" }>;

function checkEs256(jwk: PublicJwk): SignatureCheck {
  const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
  return (signingInput, signature) =>
    signature.length === ES256_LENGTH && verify("sha256", signingInput, key, toDer(signature));
}

function checkEd25519(jwk: PublicJwk): SignatureCheck {
  const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
  return (signingInput, signature) => verify(null, signingInput, key, signature);
}

function checkRs256(jwk: PublicJwk): SignatureCheck {
  const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
  return (signingInput, signature) => verify("sha256", signingInput, key, signature);
}

function checkHs256(k: string): SignatureCheck {
  const key = createSecretKey(Buffer.from(k, "base64url"));
  return (signingInput, signature) => {
    if (signature.length !== MAC_BYTES) return false;
    // As text and back: a buffer that the digest makes has memory of its own, which costs a quarter of the whole check.
    const mac = createHmac("sha256", key).update(signingInput).digest("binary");
    return timingSafeEqual(Buffer.from(mac, "latin1"), signature);
  };
}
