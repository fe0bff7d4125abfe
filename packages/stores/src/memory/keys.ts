import type {
  AnnounceSigningKey,
  EndSigningKey,
  EventBody,
  EventContext,
  NewSigningKey,
  PromoteSigningKey,
  RemoveSigningKey,
  ResealSigningKey,
  RevocationReason,
  SigningKeyAdded,
  SigningKeyAnnounced,
  SigningKeyEnded,
  SigningKeyPromoted,
  SigningKeyRemoved,
  SigningKeyResealed,
  StoredSigningKey,
} from "@counterfoil/core";
import type { MemoryState, StoredKey } from "./state.ts";

/** When something is done to a key, and who asked for it, if somebody did. */
interface By {
  readonly now: number;
  readonly context: EventContext | undefined;
}

/** See `KeyLedger`, also for all below. */
export function addSigningKey(state: MemoryState, key: NewSigningKey): SigningKeyAdded {
  return insert(state, key, "signing") ?? { outcome: "added" };
}

export function announceSigningKey(state: MemoryState, key: AnnounceSigningKey): SigningKeyAnnounced {
  return insert(state, key, "announced") ?? { outcome: "announced" };
}

/** What is in the way, or `null`. */
function insert(state: MemoryState, { context, ...key }: AnnounceSigningKey, as: "signing" | "announced") {
  const { kid, algorithm } = key;
  if (isDiscarded(state, key.secretVersion)) return { outcome: "secret_discarded" } as const;
  const there = inState(state, algorithm, as)?.kid ?? state.keys.get(kid)?.kid;
  if (there !== undefined) return { outcome: "exists", kid: there } as const;
  const now = state.now();
  const signsSince = as === "signing" ? now : null;
  const sealedKey = key.sealedKey.slice();
  state.keys.set(kid, { ...key, sealedKey, state: as, createdAt: now, signsSince, retiredAt: null });
  const type = as === "signing" ? "signing_key_added" : "signing_key_announced";
  tell(state, { now, context }, { type, kid, algorithm });
  return null;
}

export function promoteSigningKey(
  state: MemoryState,
  { kid, minimumAgeMs, context }: PromoteSigningKey,
): SigningKeyPromoted {
  const key = state.keys.get(kid);
  if (key === undefined || key.state === "revoked") return { outcome: "unknown" };
  if (key.state === "signing") return { outcome: "already_signing" };
  const now = state.now();
  if (now - key.createdAt < minimumAgeMs) return { outcome: "too_early" };
  const signing = inState(state, key.algorithm, "signing");
  if (signing !== undefined) retire(state, { now, context }, signing);
  letSign(state, { now, context }, key);
  return { outcome: "promoted" };
}

export function endSigningKey(state: MemoryState, { kid, to, context }: EndSigningKey): SigningKeyEnded {
  const key = state.keys.get(kid);
  if (key === undefined) return { outcome: "unknown" };
  if (key.state === "revoked" && to === "revoked")
    state.revoke(state.now(), "key_revoked", { type: "key-revoked", kid });
  if (key.state === "revoked" || key.state === to) return { outcome: "already_ended" };
  const by = { now: state.now(), context };
  if (to === "revoked") revokeKey(state, by, key, "key_revoked");
  else retire(state, by, key);
  const next = key.state === "signing" ? inState(state, key.algorithm, "announced") : undefined;
  if (next !== undefined) letSign(state, by, next);
  return { outcome: "ended" };
}

export function removeSigningKey(state: MemoryState, { kid, retiredForMs }: RemoveSigningKey): SigningKeyRemoved {
  const key = state.keys.get(kid);
  if (key?.state !== "retired") return { outcome: "unknown" };
  const now = state.now();
  if (key.retiredAt === null || now - key.retiredAt < retiredForMs) return { outcome: "too_early" };
  state.keys.delete(kid);
  tell(state, { now, context: undefined }, { type: "signing_key_removed", kid });
  return { outcome: "removed" };
}

export function resealSigningKey(state: MemoryState, input: ResealSigningKey): SigningKeyResealed {
  if (isDiscarded(state, input.secretVersion)) return { outcome: "secret_discarded" };
  const key = state.keys.get(input.kid);
  if (key === undefined || key.state === "revoked" || key.secretVersion !== input.from) return { outcome: "unchanged" };
  const { secretVersion } = input;
  state.keys.set(input.kid, { ...key, sealedKey: input.sealedKey.slice(), secretVersion });
  return { outcome: "resealed" };
}

export function listSigningKeys(state: MemoryState): readonly StoredSigningKey[] {
  return [...state.keys.values()].flatMap((key) => (key.state === "revoked" ? [] : [{ ...key, state: key.state }]));
}

/** Revokes a key that is not: at once, for ever, and everywhere. */
export function revokeKey(state: MemoryState, by: By, key: StoredKey, reason: RevocationReason): void {
  const { kid } = key;
  state.keys.set(kid, { ...key, state: "revoked", sealedKey: new Uint8Array() });
  tell(state, by, { type: "signing_key_revoked", kid });
  state.revoke(by.now, reason, { type: "key-revoked", kid });
}

function retire(state: MemoryState, by: By, key: StoredKey): void {
  state.keys.set(key.kid, { ...key, state: "retired", retiredAt: by.now });
  tell(state, by, { type: "signing_key_retired", kid: key.kid });
}

function letSign(state: MemoryState, by: By, key: StoredKey): void {
  state.keys.set(key.kid, { ...key, state: "signing", signsSince: by.now, retiredAt: null });
  tell(state, by, { type: "signing_key_promoted", kid: key.kid });
}

function isDiscarded(state: MemoryState, version: number): boolean {
  return [...state.secrets.values()].some((secret) => secret.version === version && secret.discardedAt !== null);
}

function inState(state: MemoryState, algorithm: StoredKey["algorithm"], as: StoredKey["state"]): StoredKey | undefined {
  return [...state.keys.values()].find((key) => key.algorithm === algorithm && key.state === as);
}

function tell(state: MemoryState, { now, context }: By, body: EventBody): void {
  state.tell(now, { body, subject: null, sid: null, context: context ?? null });
}
