import { parseVerifierName, registerVerifier, systemRandom } from "@counterfoil/core";
import { nodeCrypto } from "../../platform/node-crypto.ts";
import type { Services } from "../../services.ts";

const NAME = parseVerifierName("sample-api")!;

/** Registers the sample API as a verifier, anew at each start: its credential is kept nowhere. */
export async function registerSampleApi({ ledger }: Services): Promise<string> {
  await ledger.removeVerifier({ which: { name: NAME }, context: null });
  const registered = await registerVerifier({ ledger, crypto: nodeCrypto, random: systemRandom }, NAME, null);
  if (registered.outcome !== "added")
    throw new Error("Another demonstration started on this ledger at the same moment.");
  return registered.credential;
}
