import { SIGNING_ALGORITHMS } from "@counterfoil/protocol";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import { decodeText } from "../encoding/base64url.ts";

export const MAX_KID_LENGTH = 128;

/** RFC 7518 §3.3. */
const MIN_RSA_BITS = 2048;
/** RFC 7518 §3.2: as long as the hash's output. */
const MIN_MAC_KEY_BYTES = 32;

/** A JWK as it comes from outside (RFC 7517 §4): nothing of it is known yet. */
export interface Jwk {
  readonly [member: string]: unknown;
}

/** A key that is fit to verify with, reduced to what verifying needs. It has one algorithm, for ever. */
export type VerificationJwk =
  | { readonly kid: string; readonly alg: "ES256"; readonly kty: "EC"; readonly crv: "P-256"; x: string; y: string }
  | { readonly kid: string; readonly alg: "Ed25519" | "EdDSA"; readonly kty: "OKP"; readonly crv: "Ed25519"; x: string }
  | { readonly kid: string; readonly alg: "RS256"; readonly kty: "RSA"; readonly n: string; readonly e: string }
  | { readonly kid: string; readonly alg: "HS256"; readonly kty: "oct"; readonly k: string };

/**
 * Holds one JWK to what we ask of a key (RFC 7517 §4, RFC 7518 §6, RFC 8725 §3.1).
 *
 * @returns `null` if the key is for an algorithm that this version does not know: a set may hold keys for newer
 *   verifiers (RFC 7517 §5)
 * @throws TypeError if the key must not be used: without `kid` or `alg`, of a type that is not its algorithm's, for
 *   another use, private, or weak. The message names the `kid`, never the key
 */
export function readJwk(jwk: Jwk): VerificationJwk | null {
  const { kid, alg } = jwk;
  if (typeof kid !== "string" || kid === "" || kid.length > MAX_KID_LENGTH) {
    throw new TypeError(`A key needs a "kid" of 1 to ${MAX_KID_LENGTH} characters.`);
  }
  if (typeof alg !== "string") throw refused(kid, 'it has no "alg"');
  if (jwk["use"] !== undefined && jwk["use"] !== "sig") throw refused(kid, 'its "use" is not "sig"');
  const operations = jwk["key_ops"];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) {
    throw refused(kid, 'its "key_ops" lack "verify"');
  }
  for (const member of PRIVATE_MEMBERS) {
    if (Object.hasOwn(jwk, member)) throw refused(kid, `it is private (it has "${member}"): publish public keys only`);
  }
  if (!isSigningAlgorithm(alg)) return null;
  if (alg !== "HS256" && Object.hasOwn(jwk, "k")) throw refused(kid, 'it has "k", a shared secret');
  return readMaterial(kid, alg, jwk);
}

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth"];

function isSigningAlgorithm(alg: string): alg is SigningAlgorithm {
  return (SIGNING_ALGORITHMS as readonly string[]).includes(alg);
}

function readMaterial(kid: string, alg: SigningAlgorithm, jwk: Jwk): VerificationJwk {
  switch (alg) {
    case "ES256":
      if (jwk["kty"] !== "EC" || jwk["crv"] !== "P-256") throw refused(kid, "ES256 needs a key on P-256");
      return {
        kid,
        alg,
        kty: "EC",
        crv: "P-256",
        x: textOf32Bytes(kid, jwk, "x"),
        y: textOf32Bytes(kid, jwk, "y"),
      };
    case "Ed25519":
    case "EdDSA":
      if (jwk["kty"] !== "OKP" || jwk["crv"] !== "Ed25519") throw refused(kid, `${alg} needs a key on Ed25519`);
      return { kid, alg, kty: "OKP", crv: "Ed25519", x: textOf32Bytes(kid, jwk, "x") };
    case "RS256":
      return readRsa(kid, alg, jwk);
    case "HS256":
      return readMacKey(kid, alg, jwk);
  }
}

function readRsa(kid: string, alg: "RS256", jwk: Jwk): VerificationJwk {
  if (jwk["kty"] !== "RSA") throw refused(kid, "RS256 needs an RSA key");
  const modulus = bytesOf(kid, jwk, "n");
  const exponent = bytesOf(kid, jwk, "e");
  if (bitLength(modulus.bytes) < MIN_RSA_BITS) throw refused(kid, `its modulus has fewer than ${MIN_RSA_BITS} bits`);
  // With e = 1 every message is its own signature; an even e is no RSA key.
  if (bitLength(exponent.bytes) < 2 || exponent.bytes.at(-1)! % 2 === 0) throw refused(kid, "its exponent is unsafe");
  return { kid, alg, kty: "RSA", n: modulus.text, e: exponent.text };
}

function readMacKey(kid: string, alg: "HS256", jwk: Jwk): VerificationJwk {
  if (jwk["kty"] !== "oct") throw refused(kid, 'HS256 needs a key of type "oct"');
  const { bytes, text } = bytesOf(kid, jwk, "k");
  if (bytes.length < MIN_MAC_KEY_BYTES) throw refused(kid, `it has fewer than ${MIN_MAC_KEY_BYTES} bytes`);
  // A public key taken for a shared secret is known to everybody, whatever white space precedes it.
  if (String.fromCharCode(...bytes.subarray(0, 64)).includes("-----BEGIN")) throw refused(kid, "it is a PEM text");
  return { kid, alg, kty: "oct", k: text };
}

function textOf32Bytes(kid: string, jwk: Jwk, member: string): string {
  const { bytes, text } = bytesOf(kid, jwk, member);
  if (bytes.length !== 32) throw refused(kid, `its "${member}" has not 32 bytes`);
  return text;
}

function bytesOf(kid: string, jwk: Jwk, member: string): { bytes: Uint8Array; text: string } {
  const text = jwk[member];
  const bytes = typeof text === "string" ? decodeText(text) : null;
  if (typeof text !== "string" || bytes === null) throw refused(kid, `its "${member}" is not base64url`);
  return { bytes, text };
}

function bitLength(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first]!) - 24);
}

/** @param why as the end of a sentence */
export function refused(kid: string, why: string, options?: ErrorOptions): TypeError {
  return new TypeError(`The key ${JSON.stringify(kid)} is refused: ${why}.`, options);
}
