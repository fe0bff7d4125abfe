import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { Crypto } from "../crypto.ts";
import type { EventContext } from "../events.ts";
import type { KeyLedger } from "../ledger/keys.ts";
import type { Keyring } from "../secret/keyring.ts";
import type { KeyPolicy, KeyStep } from "./rotation.ts";
import { ANNOUNCE_SECONDS, nextKeyStep, RETIRED_SECONDS } from "./rotation.ts";
import { newSigningKey, sealingDiscarded } from "./signing-keys.ts";

export interface RotationParts {
  readonly ledger: KeyLedger;
  readonly crypto: Crypto;
  /** Its first secret seals the new key: one that every running server has. */
  readonly keyring: Keyring;
}

export interface Rotation {
  readonly algorithm: SigningAlgorithm;
  /** Whether the key signs at once. */
  readonly now: boolean;
  readonly context: EventContext;
}

export type KeyRotated =
  /** It will sign in {@link ANNOUNCE_SECONDS}, by itself. */
  | { readonly outcome: "announced"; readonly kid: string }
  /** One was announced before, and that one will sign. */
  | { readonly outcome: "already_announced"; readonly kid: string }
  /** It signs. */
  | { readonly outcome: "promoted"; readonly kid: string }
  /** The key of HS256 is the operator's: it is replaced in the configuration. */
  | { readonly outcome: "not_ours" };

/**
 * Begins a rotation: announces a key, or with `now` lets it sign at once, for when waiting is worse than a verifier that
 * has to fetch the JWK Set at an unknown `kid`.
 *
 * @throws StoreError as the ledger's operations do
 */
export async function rotateSigningKey(
  { ledger, crypto, keyring }: RotationParts,
  { algorithm, now, context }: Rotation,
): Promise<KeyRotated> {
  if (algorithm === "HS256") return { outcome: "not_ours" };
  const key = newSigningKey(crypto, keyring.sealing, algorithm);
  const announced = await ledger.announceSigningKey({ ...key, context });
  if (announced.outcome === "secret_discarded") throw sealingDiscarded();
  const kid = announced.outcome === "exists" ? announced.kid : key.kid;
  if (!now) return { outcome: announced.outcome === "exists" ? "already_announced" : "announced", kid };
  // Also where another has just promoted it: it signs.
  await ledger.promoteSigningKey({ kid, minimumAgeMs: 0, context });
  return { outcome: "promoted", kid };
}

/** Steps of one look: more would mean that something is wrong, and the next look comes soon. */
const MAX_STEPS = 8;

/**
 * Takes each step of the keys' life that is due, as every server of the ledger does: the first to come takes it.
 *
 * @param now the ledger's time, milliseconds since the epoch
 * @returns whether something changed, so that the keys should be read again
 * @throws StoreError as the ledger's operations do
 */
export async function takeKeySteps(parts: RotationParts, now: number, policy: KeyPolicy): Promise<boolean> {
  for (let taken = 0; taken < MAX_STEPS; taken++) {
    const keys = await parts.ledger.listSigningKeys();
    const step = nextKeyStep(keys, now, policy);
    // A key that this server cannot open is for another to promote.
    const key = step.step === "promote" ? keys.find(({ kid }) => kid === step.kid) : undefined;
    if (key !== undefined && !parts.keyring.byVersion.has(key.secretVersion)) return taken > 0;
    if (!(await takeStep(parts, step, policy))) return taken > 0;
  }
  return true;
}

/** Whether the step was taken, by this server. */
async function takeStep({ ledger, crypto, keyring }: RotationParts, next: KeyStep, policy: KeyPolicy) {
  switch (next.step) {
    case "announce": {
      const key = newSigningKey(crypto, keyring.sealing, policy.algorithm);
      const { outcome } = await ledger.announceSigningKey(key);
      if (outcome === "secret_discarded") throw sealingDiscarded();
      return outcome === "announced";
    }
    case "promote": {
      const { kid } = next;
      const { outcome } = await ledger.promoteSigningKey({ kid, minimumAgeMs: ANNOUNCE_SECONDS * 1000 });
      return outcome === "promoted";
    }
    case "retire":
      return (await ledger.endSigningKey({ kid: next.kid, to: "retired" })).outcome === "ended";
    case "remove": {
      const { kid } = next;
      return (await ledger.removeSigningKey({ kid, retiredForMs: RETIRED_SECONDS * 1000 })).outcome === "removed";
    }
    case "none":
      return false;
  }
}
