import type { Crypto } from "../crypto.ts";
import type { EventContext } from "../events.ts";
import type { VerifierAdded, VerifierLedger } from "../ledger/verifiers.ts";
import type { Random } from "../random.ts";
import type { Verifier, VerifierCredential, VerifierName } from "./verifier.ts";
import { hashCredential, newVerifierCredential, newVerifierId } from "./verifier.ts";

export interface RegisterParts {
  readonly ledger: VerifierLedger;
  readonly crypto: Crypto;
  readonly random: Random;
}

export type VerifierRegistered =
  /** The credential exists here alone: whoever asked shows it once. */
  | { readonly outcome: "added"; readonly verifier: Verifier; readonly credential: VerifierCredential }
  | Exclude<VerifierAdded, { readonly outcome: "added" }>;

/** Registers a service that may follow the revocation feed and introspect tokens, and makes its credential. */
export async function registerVerifier(
  { ledger, crypto, random }: RegisterParts,
  name: VerifierName,
  context: EventContext | null,
): Promise<VerifierRegistered> {
  const credential = newVerifierCredential(crypto, random);
  const credentialHash = hashCredential(crypto, credential);
  const added = await ledger.addVerifier({ id: newVerifierId(random), name, credentialHash, context });
  return added.outcome === "added" ? { ...added, credential } : added;
}
