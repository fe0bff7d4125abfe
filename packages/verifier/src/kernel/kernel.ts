import type { Jwk, VerificationJwk } from "../key/jwk.ts";
import { createKeySet, notImported } from "../key/key-set.ts";
import type { SignatureCheck } from "../signature/signature-port.ts";
import { createExamination } from "./examination.ts";
import type { Candidate, KernelState, Verified } from "./examination.ts";
import { readAlgorithms } from "./options.ts";
import type { KernelOptions } from "./options.ts";

/** Checks access tokens, with no I/O: keys and revocations are told to it. */
export interface Kernel extends KernelState {
  /**
   * Size, form, header, signature, claims, time, revocation set: in this order, and nothing before its turn (RFC 9068
   * §4, RFC 8725 §3, ASVS V9). A bad token is a value, whatever it is: nothing is thrown.
   */
  verify(token: string): Verified;
  /**
   * Trusts exactly these keys from now on; none is trusted before the first call.
   *
   * @throws TypeError if one must not be used (the sentence names its `kid`); the keys stay as they were
   */
  setKeys(keys: readonly Jwk[]): void;
}

/**
 * A kernel that knows no keys yet.
 *
 * @throws TypeError if `issuer` or `audience` was left out, or `algorithms` mixes families
 */
export function createKernel(options: KernelOptions): Kernel {
  const algorithms = readAlgorithms(options);
  const examination = createExamination<SignatureCheck>(options, algorithms);
  const { signatures } = options;

  function importKey(jwk: VerificationJwk): SignatureCheck {
    try {
      return signatures.importKey(jwk);
    } catch (cause) {
      throw notImported(jwk, cause);
    }
  }

  return {
    verify(token) {
      const begun = examination.begin(token);
      return begun.ok === null ? examination.finish(begun, isSigned(begun)) : begun;
    },
    setKeys(keys) {
      examination.trust(createKeySet(keys, algorithms, importKey, examination.keys));
    },
    apply: examination.apply,
    revocations: examination.revocations,
    recheck: examination.recheck,
    get sizes() {
      return examination.sizes;
    },
  };
}

/** Whatever goes wrong in there, the signature does not hold (ASVS V11.2.5). */
function isSigned({ parts, key }: Candidate<SignatureCheck>): boolean {
  try {
    return key.check(parts.signingInput, parts.signature);
  } catch {
    return false;
  }
}
