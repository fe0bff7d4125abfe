import type {
  AdoptSecrets,
  EndSigningKey,
  NewSigningKey,
  ResealSigningKey,
  SecretFingerprint,
  SecretsAdopted,
  SigningKeyAdded,
  SigningKeyEnded,
  SigningKeyResealed,
  StoredSigningKey,
} from "@counterfoil/core";
import { isNoted, missingSecrets, nextSecretVersion } from "../rule/secrets.ts";
import type { MemoryState } from "./state.ts";

/** See `KeyLedger`, also for all below. */
export function adoptSecrets(state: MemoryState, { fingerprints, neededSeconds }: AdoptSecrets): SecretsAdopted {
  const versions = fingerprints.map(
    (fingerprint) => state.secrets.get(fingerprint)?.version ?? adopt(state, fingerprint),
  );
  const now = state.now();
  const sealing = [...state.secrets.values()].find(({ version }) => version === versions[0]);
  if (sealing !== undefined && !isNoted(sealing.sealedAt, now)) {
    state.secrets.set(sealing.fingerprint, { ...sealing, sealedAt: now });
  }
  return { versions, missing: missingSecrets([...state.secrets.values()], versions, now - neededSeconds * 1000) };
}

function adopt(state: MemoryState, fingerprint: SecretFingerprint): number {
  const version = nextSecretVersion([...state.secrets.values()].map((secret) => secret.version));
  state.secrets.set(fingerprint, { version, fingerprint, sealedAt: null });
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

export function resealSigningKey(state: MemoryState, input: ResealSigningKey): SigningKeyResealed {
  const key = state.keys.get(input.kid);
  if (key === undefined || key.state === "revoked" || key.secretVersion !== input.from) return { outcome: "unchanged" };
  const { secretVersion } = input;
  state.keys.set(input.kid, { ...key, sealedKey: input.sealedKey.slice(), secretVersion });
  return { outcome: "resealed" };
}

export function listSigningKeys(state: MemoryState): readonly StoredSigningKey[] {
  return [...state.keys.values()].flatMap((key) => (key.state === "revoked" ? [] : [{ ...key, state: key.state }]));
}
