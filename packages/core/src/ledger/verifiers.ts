import type { EventContext } from "../events.ts";
import type { CredentialHash, Verifier, VerifierId, VerifierName } from "../verifier/verifier.ts";

export interface VerifierLedger {
  /** Registers a service under a name that no other has. */
  addVerifier(input: AddVerifier): Promise<VerifierAdded>;

  /** Takes a service's registration away: its credential finds nothing from then on. */
  removeVerifier(input: RemoveVerifier): Promise<VerifierRemoved>;

  /** Whose credential that is; `null` for nobody's. */
  findVerifier(credentialHash: CredentialHash): Promise<Verifier | null>;

  /** All of them, by name. */
  listVerifiers(): Promise<readonly Verifier[]>;
}

export interface AddVerifier {
  readonly id: VerifierId;
  readonly name: VerifierName;
  readonly credentialHash: CredentialHash;
  readonly context: EventContext | null;
}

export type VerifierAdded =
  | { readonly outcome: "added"; readonly verifier: Verifier }
  /** Another has the name. */
  | { readonly outcome: "taken" };

export interface RemoveVerifier {
  readonly which: { readonly id: VerifierId } | { readonly name: VerifierName };
  readonly context: EventContext | null;
}

export type VerifierRemoved =
  | { readonly outcome: "removed"; readonly verifier: Verifier }
  | { readonly outcome: "unknown" };
