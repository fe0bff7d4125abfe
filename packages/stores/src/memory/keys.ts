import type {
  EndSigningKey,
  NewSigningKey,
  SecretFingerprint,
  SecretsAdopted,
  SigningKeyAdded,
  SigningKeyEnded,
  StoredSigningKey,
} from "@counterfoil/core";
import { nextSecretVersion } from "../rule/secrets.ts";
import type { MemoryState } from "./state.ts";

/** See `KeyLedger`, also for all below. */
export function adoptSecrets(state: MemoryState, fingerprints: readonly SecretFingerprint[]): SecretsAdopted {
  const versions = fingerprints.map((fingerprint) => state.secrets.get(fingerprint) ?? adopt(state, fingerprint));
  const passed = new Set(fingerprints);
  return { versions, missing: [...state.secrets.keys()].filter((fingerprint) => !passed.has(fingerprint)) };
}

function adopt(state: MemoryState, fingerprint: SecretFingerprint): number {
  const version = nextSecretVersion([...state.secrets.values()]);
  state.secrets.set(fingerprint, version);
  const body = { type: "secret_adopted", version, fingerprint } as const;
  state.tell(state.now(), { body, subject: null, sid: null, context: null });
  return version;
}

export function addSigningKey(state: MemoryState, key: NewSigningKey): SigningKeyAdded {
  const signing = [...state.keys.values()].find((each) => each.algorithm === key.algorithm && each.state === "signing");
  if (signing !== undefined) return { outcome: "exists", kid: signing.kid };
  if (state.keys.has(key.kid)) return { outcome: "exists", kid: key.kid };
  const createdAt = state.now();
  state.keys.set(key.kid, { ...key, sealedKey: key.sealedKey.slice(), state: "signing", createdAt });
  const body = { type: "signing_key_added", kid: key.kid, algorithm: key.algorithm } as const;
  state.tell(createdAt, { body, subject: null, sid: null, context: null });
  return { outcome: "added" };
}

export function endSigningKey(state: MemoryState, { kid, to }: EndSigningKey): SigningKeyEnded {
  const key = state.keys.get(kid);
  if (key === undefined) return { outcome: "unknown" };
  if (key.state === "revoked" || key.state === to) return { outcome: "already_ended" };
  const now = state.now();
  const revoked = to === "revoked";
  state.keys.set(kid, { ...key, state: to, sealedKey: revoked ? new Uint8Array() : key.sealedKey });
  const body = { type: revoked ? "signing_key_revoked" : "signing_key_retired", kid } as const;
  state.tell(now, { body, subject: null, sid: null, context: null });
  if (revoked) state.revoke(now, { type: "key-revoked", kid });
  return { outcome: "ended" };
}

export function listSigningKeys(state: MemoryState): readonly StoredSigningKey[] {
  return [...state.keys.values()].flatMap((key) => (key.state === "revoked" ? [] : [{ ...key, state: key.state }]));
}
