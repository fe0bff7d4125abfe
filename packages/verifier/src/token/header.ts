import { ACCESS_TOKEN_TYPE } from "@counterfoil/protocol";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { KeySet, VerificationKey } from "../key/key-set.ts";
import { MAX_KID_LENGTH } from "../key/jwk.ts";
import { decodeJsonObject } from "./json.ts";

/**
 * Members that would choose the key, the algorithm's input or the serialisation. None is ever ours, and a verifier
 * that merely ignored one would read another token than a library that honours it (RFC 7515 §4.1.11, RFC 7797 §6,
 * RFC 8725 §3.10).
 */
const REFUSED_MEMBERS = ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc"];

export type HeaderRefusal = "malformed" | "header_refused" | "wrong_type" | "algorithm_refused" | "unknown_key";

/** The key that the header names, if the header may name it; else why not. The header is still the sender's word. */
export function decodeHeader<Check>(
  bytes: Uint8Array,
  algorithms: ReadonlySet<SigningAlgorithm>,
  keys: KeySet<Check>,
): VerificationKey<Check> | HeaderRefusal {
  const header = decodeJsonObject(bytes);
  if (header === null) return "malformed";
  for (const member of REFUSED_MEMBERS) if (Object.hasOwn(header, member)) return "header_refused";
  if (!isAccessTokenType(header["typ"])) return "wrong_type";
  const algorithm = header["alg"];
  if (!algorithms.has(algorithm as SigningAlgorithm)) return "algorithm_refused";
  const kid = header["kid"];
  if (typeof kid !== "string" || kid.length > MAX_KID_LENGTH) return "unknown_key";
  const key = keys.get(kid);
  if (key === undefined) return "unknown_key";
  return key.algorithm === algorithm ? key : "algorithm_refused";
}

/** Media types are compared without case, and `application/` may be left out (RFC 7515 §4.1.9, RFC 9068 §4). */
function isAccessTokenType(value: unknown): boolean {
  if (value === ACCESS_TOKEN_TYPE) return true;
  if (typeof value !== "string") return false;
  const type = value.toLowerCase();
  return type === ACCESS_TOKEN_TYPE || type === `application/${ACCESS_TOKEN_TYPE}`;
}
