import { parseVerifierName, registerVerifier, systemRandom } from "@counterfoil/core";
import { nodeCrypto } from "../../platform/node-crypto.ts";
import type { Services } from "../../services.ts";

/**
 * Registers the sample API as a verifier, anew at each start: its credential is kept nowhere.
 *
 * @param port that it listens on already: no other demonstration goes by that name then
 */
export async function registerSampleApi({ ledger }: Services, port: number): Promise<string> {
  const name = parseVerifierName(`sample-api-${port}`)!;
  await ledger.removeVerifier({ which: { name }, context: null });
  const registered = await registerVerifier({ ledger, crypto: nodeCrypto, random: systemRandom }, name, null);
  if (registered.outcome !== "added") throw new Error(`The name ${name} is taken.`);
  return registered.credential;
}
