import type { Jwk, VerificationJwk } from "../key/jwk.ts";
import { createKeySet, notImported } from "../key/key-set.ts";
import type { AsyncSignatureCheck } from "../signature/signature-port.ts";
import { copyToken } from "../token/parse.ts";
import { createExamination } from "./examination.ts";
import type { Candidate, KernelState, Verified } from "./examination.ts";
import type { AsyncKernelOptions } from "./options.ts";

/** A {@link Kernel} for a platform that checks signatures by promises alone. Awaited, the two are used alike. */
export interface AsyncKernel extends KernelState {
  /**
   * As the kernel's. Keys and revocations that change while the signature is being checked count. A token seen before
   * waits for nothing. Never rejects.
   */
  verify(token: string): Promise<Verified>;
  /**
   * Trusts exactly these keys once all could be imported; of two calls under way at once, the later one's.
   *
   * @returns rejects with a TypeError if one must not be used, or the platform cannot (the sentence names its `kid`);
   *   the keys stay as they were
   */
  setKeys(keys: readonly Jwk[]): Promise<void>;
}

type Check = Promise<AsyncSignatureCheck>;

/**
 * A kernel that knows no keys yet.
 *
 * @throws TypeError if `issuer` or `audience` was left out
 */
export function createAsyncKernel(options: AsyncKernelOptions): AsyncKernel {
  const algorithms = new Set(options.algorithms);
  const examination = createExamination<Check>(options, algorithms);
  const { signatures } = options;
  let calls = 0;

  function importKey(jwk: VerificationJwk): Check {
    const check = signatures.importKey(jwk).catch((cause: unknown) => {
      throw notImported(jwk, cause);
    });
    // Whoever waits for it is told. If another key of the set is refused first, nobody waits.
    check.catch(() => undefined);
    return check;
  }

  return {
    async verify(token) {
      const begun = examination.begin(token);
      if (begun.ok !== null) return begun;
      // The parts are overwritten by the next token, which may come before the signature is checked.
      const candidate = { ...begun, parts: copyToken(begun.parts) };
      const holds = await isSigned(candidate);
      // Of many that ask about one new token at once, the first to be answered answers the others: it takes one place
      // among the remembered ones.
      const again = holds ? examination.recall(token) : null;
      return again ?? examination.finish(candidate, holds);
    },
    async setKeys(keys) {
      const call = ++calls;
      const set = createKeySet(keys, algorithms, importKey, examination.keys);
      await Promise.all([...set.values()].map(({ check }) => check));
      if (call === calls) examination.trust(set);
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
async function isSigned({ parts, key }: Candidate<Check>): Promise<boolean> {
  try {
    const check = await key.check;
    return await check(parts.signingInput, parts.signature);
  } catch {
    return false;
  }
}
