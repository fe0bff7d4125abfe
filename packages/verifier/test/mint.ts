import { Buffer } from "node:buffer";
import { createHmac, createSecretKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { SigningAlgorithm } from "@counterfoil/protocol";

export const ISSUER = "https://app.example.com/auth";
export const AUDIENCE = "https://app.example.com";
/** The instant at which test tokens are minted, in seconds since the epoch. */
export const MINTED_AT = 1_800_000_000;

/** A key that mints: the issuer's side, which the verifier does not have. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** As the verifier gets it. */
  readonly jwk: Readonly<Record<string, unknown>>;
  sign(signingInput: string): Uint8Array;
  /** What verifies: of HS256 the shared secret. */
  readonly verificationKey: KeyObject;
}

export function generateSigningKey(alg: SigningAlgorithm, kid = `${alg}-1`): SigningKey {
  if (alg === "HS256") {
    const secret = randomBytes(32);
    const mac = (input: string) => createHmac("sha256", secret).update(input).digest();
    const jwk = { kty: "oct", kid, alg, use: "sig", k: secret.toString("base64url") };
    return { kid, alg, jwk, sign: mac, verificationKey: createSecretKey(secret) };
  }
  const { publicKey, privateKey } = generatePair(alg);
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" };
  const digest = alg === "ES256" || alg === "RS256" ? "sha256" : null;
  const signer = { key: privateKey, dsaEncoding: "ieee-p1363" as const };
  return {
    kid,
    alg,
    jwk,
    sign: (input) => sign(digest, Buffer.from(input, "latin1"), signer),
    verificationKey: publicKey,
  };
}

function generatePair(alg: Exclude<SigningAlgorithm, "HS256">) {
  switch (alg) {
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "Ed25519":
    case "EdDSA":
      return generateKeyPairSync("ed25519");
    case "RS256":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
  }
}

export function newSid(): string {
  return `ses_${randomBytes(16).toString("base64url")}`;
}

/** Everything that an access token says, with `changes` over it; `undefined` leaves a claim out. */
export function claimsWith(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    iss: ISSUER,
    sub: "usr_7Hq2mVbXk0Q",
    aud: AUDIENCE,
    exp: MINTED_AT + 600,
    iat: MINTED_AT,
    jti: randomBytes(16).toString("base64url"),
    sid: newSid(),
    client_id: "first-party",
    auth_time: MINTED_AT - 60,
    amr: ["pwd"],
    roles: ["user"],
    claims_version: 3,
    ...changes,
  };
}

export function headerWith(key: SigningKey, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { typ: "at+jwt", alg: key.alg, kid: key.kid, ...changes };
}

/** An access token as the issuer mints it, with `changes` to its claims and header. */
export function mint(
  key: SigningKey,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): string {
  return mintRaw(key, JSON.stringify(headerWith(key, header)), JSON.stringify(claimsWith(claims)));
}

/** Signs any two texts, or bytes: for what no serialiser would write. */
export function mintRaw(key: SigningKey, header: string | Uint8Array, payload: string | Uint8Array): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${encode(key.sign(input))}`;
}

export function encode(data: string | Uint8Array): string {
  return Buffer.from(data).toString("base64url");
}

/** The other signature of ES256 over the same: s replaced by n - s. It holds too (RFC 7518 §3.4 asks for no low s). */
export function malleate(token: string): string {
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const [header, payload, signature] = token.split(".") as [string, string, string];
  const hex = Buffer.from(signature, "base64url").toString("hex");
  const s = (n - BigInt(`0x${hex.slice(64)}`)).toString(16).padStart(64, "0");
  return `${header}.${payload}.${encode(Buffer.from(hex.slice(0, 64) + s, "hex"))}`;
}
