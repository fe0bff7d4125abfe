import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  sign,
  timingSafeEqual,
} from "node:crypto";
import type { AsymmetricAlgorithm, Crypto, PrivateKeyJwk, Signer } from "@counterfoil/core";
import type { SigningAlgorithm } from "@counterfoil/protocol";

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** The domain's cryptography, by `node:crypto` alone. */
export const nodeCrypto: Crypto = {
  sha256: (data) => plain(createHash("sha256").update(data).digest()),
  hmacSha256: (key, data) => plain(createHmac("sha256", key).update(data).digest()),
  hkdfSha256: (secret, info, length) => new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(), info, length)),
  equal: (left, right) => left.length === right.length && timingSafeEqual(left, right),

  seal(key, plaintext, bound) {
    // A random nonce is safe for far more boxes than there will ever be signing keys (NIST SP 800-38D §8.3).
    const nonce = randomBytes(NONCE_LENGTH);
    const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(bound);
    return plain(Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
  },

  open(key, box, bound) {
    if (box.length < NONCE_LENGTH + TAG_LENGTH) return null;
    const end = box.length - TAG_LENGTH;
    const decipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, NONCE_LENGTH), { authTagLength: TAG_LENGTH })
      .setAAD(bound)
      .setAuthTag(box.subarray(end));
    try {
      return plain(Buffer.concat([decipher.update(box.subarray(NONCE_LENGTH, end)), decipher.final()]));
    } catch {
      // The tag did not hold: another key, another box, or another binding.
      return null;
    }
  },

  generateKey: (algorithm) => generate(algorithm).privateKey.export({ format: "jwk" }) as PrivateKeyJwk,
  signer,
};

function generate(algorithm: AsymmetricAlgorithm) {
  switch (algorithm) {
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "Ed25519":
    case "EdDSA":
      return generateKeyPairSync("ed25519");
    case "RS256":
      return generateKeyPairSync("rsa", { modulusLength: 3072 });
  }
}

function signer(algorithm: SigningAlgorithm, jwk: PrivateKeyJwk): Signer {
  if (algorithm === "HS256") {
    const key = Buffer.from(String(jwk["k"]), "base64url");
    return (data) => createHmac("sha256", key).update(data).digest();
  }
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  const digest = algorithm === "ES256" || algorithm === "RS256" ? "sha256" : null;
  return (data) => sign(digest, data, { key, dsaEncoding: "ieee-p1363" });
}

/** A view of just these bytes: a pooled `Buffer` shares its memory with whatever else is in the pool. */
function plain(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer);
}
