import { SIGNING_ALGORITHMS } from "@counterfoil/protocol";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { AsyncSignaturePort, SignaturePort } from "../signature/signature-port.ts";
import type { Expectation } from "../token/claims.ts";

/** What every kernel has to be told. */
export interface ExaminationOptions {
  /** The exact `iss` of the tokens (RFC 8725 §3.8). `null` refuses the check. */
  readonly issuer: string | null;
  /** Who this service is: a token must name one of these exactly (RFC 8725 §3.9). `null` refuses the check. */
  readonly audience: string | readonly string[] | null;
  readonly clock: KernelClock;
  /** How many verified tokens are remembered, 10,000 by default; 0 for none. One takes about 1.5 KB. */
  readonly cacheSize?: number;
}

export interface KernelOptions extends ExaminationOptions {
  /**
   * What signatures are accepted; by default all asymmetric ones. HS256 stands alone or not at all: whoever holds its
   * key can mint as well as verify, and next to public keys it invites taking one for a secret (RFC 8725 §3.1).
   */
  readonly algorithms?: readonly SigningAlgorithm[];
  readonly signatures: SignaturePort;
}

export interface AsyncKernelOptions extends ExaminationOptions {
  readonly algorithms: readonly SigningAlgorithm[];
  readonly signatures: AsyncSignaturePort;
}

/** In milliseconds. */
export interface KernelClock {
  /**
   * Since the epoch, as the issuer counts. It must not step back by more than 50 seconds: an expired token would be
   * young again after its revocation was forgotten.
   */
  now(): number;
  /** From any start; never steps. */
  monotonic(): number;
}

const DEFAULT_CACHE_SIZE = 10_000;
/** All but HS256. */
export const ASYMMETRIC: readonly SigningAlgorithm[] = SIGNING_ALGORITHMS.filter((algorithm) => algorithm !== "HS256");

/** @throws TypeError for a check that was left out or cannot be meant */
export function readExpectation({ issuer, audience }: ExaminationOptions): Expectation {
  if (issuer !== null && !isText(issuer)) {
    throw new TypeError("issuer is the exact issuer of the tokens, or null to accept every issuer.");
  }
  const audiences = typeof audience === "string" ? [audience] : audience;
  if (audiences !== null && !(Array.isArray(audiences) && audiences.length > 0 && audiences.every(isText))) {
    const missing = audience === undefined ? "missing: " : "";
    throw new TypeError(
      `audience is ${missing}who this service is, one or more exact audiences, or null to accept tokens that are for anybody.`,
    );
  }
  return { issuer, audiences: audiences === null ? null : [...audiences] };
}

/** @throws TypeError for an unknown algorithm, none at all, or HS256 beside others (RFC 8725 §3.1, ASVS V9.1.2) */
export function readAlgorithms({ algorithms = ASYMMETRIC }: KernelOptions): ReadonlySet<SigningAlgorithm> {
  const set = new Set(algorithms);
  for (const algorithm of set) {
    if (!SIGNING_ALGORITHMS.includes(algorithm)) {
      throw new TypeError(`algorithms are among ${SIGNING_ALGORITHMS.join(", ")}.`);
    }
  }
  if (set.size === 0) throw new TypeError("algorithms cannot be empty.");
  if (set.has("HS256") && set.size > 1) {
    throw new TypeError("HS256 cannot be accepted together with asymmetric algorithms.");
  }
  return set;
}

/** @throws RangeError if it is no count */
export function readCacheSize({ cacheSize = DEFAULT_CACHE_SIZE }: ExaminationOptions): number {
  if (!Number.isSafeInteger(cacheSize) || cacheSize < 0) throw new RangeError("cacheSize is a whole number, or 0.");
  return cacheSize;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
