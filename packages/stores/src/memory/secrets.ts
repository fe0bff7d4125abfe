import type {
  AdoptSecrets,
  EventContext,
  ReplaceSecrets,
  SecretFingerprint,
  SecretsAdopted,
  SecretsListed,
  SecretsReplaced,
  StoredSecret,
} from "@counterfoil/core";
import { adoption, name, nextSecretVersion } from "../rule/secrets.ts";
import { revokeKey } from "./keys.ts";
import type { MemoryState } from "./state.ts";

/** See `KeyLedger`, also for all below. */
export function adoptSecrets(state: MemoryState, { fingerprints, neededSeconds }: AdoptSecrets): SecretsAdopted {
  const versions = fingerprints.map((fingerprint) => adopt(state, fingerprint).version);
  const now = state.now();
  const { missing, discarded, seals, lacks } = adoption([...state.secrets.values()], versions, now, neededSeconds);
  for (const secret of state.secrets.values()) {
    if (secret.version === seals) keep(state, { ...secret, sealedAt: now });
    if (lacks.includes(secret.version)) keep(state, { ...secret, lackedAt: now });
  }
  return { versions, missing, discarded };
}

export function listSecrets(state: MemoryState): SecretsListed {
  return { secrets: [...state.secrets.values()], now: state.now() };
}

export function replaceSecrets(state: MemoryState, { fingerprint, context }: ReplaceSecrets): SecretsReplaced {
  const known = state.secrets.get(fingerprint);
  if (known !== undefined && known.discardedAt !== null) return { outcome: "discarded" };
  const others = [...state.secrets.values()].filter(
    (secret) => secret.fingerprint !== fingerprint && secret.discardedAt === null,
  );
  const now = state.now();
  if (others.length === 0) {
    if (known !== undefined) revokeAllBut(state, known.version, now, context);
    return { outcome: "unchanged" };
  }
  const { version } = adopt(state, fingerprint);
  for (const secret of others) keep(state, { ...secret, discardedAt: now });
  const revokedKeys = revokeAllBut(state, version, now, context);
  const body = { type: "secrets_replaced", fingerprint } as const;
  state.tell(now, { body, subject: null, sid: null, context: context ?? null });
  return {
    outcome: "replaced",
    discarded: others.map(name),
    revokedKeys: revokedKeys.map(({ kid, algorithm }) => ({ kid, algorithm })),
  };
}

function revokeAllBut(state: MemoryState, version: number, now: number, context: EventContext | undefined) {
  const keys = [...state.keys.values()].filter((key) => key.secretVersion !== version && key.state !== "revoked");
  for (const key of keys) revokeKey(state, { now, context }, key, "secrets_replaced");
  return keys;
}

function keep(state: MemoryState, secret: StoredSecret): void {
  state.secrets.set(secret.fingerprint, secret);
}

function adopt(state: MemoryState, fingerprint: SecretFingerprint): StoredSecret {
  const known = state.secrets.get(fingerprint);
  if (known !== undefined) return known;
  const version = nextSecretVersion([...state.secrets.values()].map((secret) => secret.version));
  const adoptedAt = state.now();
  const secret = { version, fingerprint, adoptedAt, sealedAt: null, lackedAt: null, discardedAt: null };
  keep(state, secret);
  const body = { type: "secret_adopted", version, fingerprint } as const;
  state.tell(adoptedAt, { body, subject: null, sid: null, context: null });
  return secret;
}
