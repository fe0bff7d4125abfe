import type {
  AddVerifier,
  CredentialHash,
  EventContext,
  RemoveVerifier,
  Verifier,
  VerifierAdded,
  VerifierRemoved,
} from "@counterfoil/core";
import type { MemoryState } from "./state.ts";

/** See `VerifierLedger`, also for all below. */
export function addVerifier(state: MemoryState, input: AddVerifier): VerifierAdded {
  const { id, name, credentialHash, context } = input;
  if (all(state).some((each) => each.name === name)) return { outcome: "taken" };
  const verifier = { id, name, createdAt: state.now() };
  state.verifiers.set(credentialHash, verifier);
  tell(state, "verifier_added", verifier, context);
  return { outcome: "added", verifier };
}

export function removeVerifier(state: MemoryState, { which, context }: RemoveVerifier): VerifierRemoved {
  for (const [hash, verifier] of state.verifiers) {
    if ("id" in which ? verifier.id !== which.id : verifier.name !== which.name) continue;
    state.verifiers.delete(hash);
    tell(state, "verifier_removed", verifier, context);
    return { outcome: "removed", verifier };
  }
  return { outcome: "unknown" };
}

export function findVerifier(state: MemoryState, credentialHash: CredentialHash): Verifier | null {
  return state.verifiers.get(credentialHash) ?? null;
}

export function listVerifiers(state: MemoryState): readonly Verifier[] {
  return all(state).toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

function all(state: MemoryState): readonly Verifier[] {
  return [...state.verifiers.values()];
}

function tell(
  state: MemoryState,
  type: "verifier_added" | "verifier_removed",
  { id, name }: Verifier,
  context: EventContext | null,
): void {
  state.tell(state.now(), { body: { type, id, name }, subject: null, sid: null, context });
}
