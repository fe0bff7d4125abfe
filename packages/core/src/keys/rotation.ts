import { REVOCATION_TTL_SECONDS } from "@counterfoil/protocol";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { StoredSigningKey } from "../ledger/keys.ts";

/**
 * How long a key is in the JWK Set before it signs: whoever caches the set for its `max-age` (5 min) has it by then, and
 * so has a cache behind a cache, and a server that reads its keys every half minute.
 */
export const ANNOUNCE_SECONDS = 15 * 60;

/** How long a key verifies after it stopped signing: the longest access token, and a minute for a mint that had begun. */
export const RETIRED_SECONDS = REVOCATION_TTL_SECONDS;

const DAY_MS = 24 * 3600_000;

export interface KeyPolicy {
  /** What this server signs with. */
  readonly algorithm: SigningAlgorithm;
  /** How long a key signs, in milliseconds. */
  readonly lifetimeMs: number;
}

export type KeyStep =
  | { readonly step: "announce" }
  | { readonly step: "promote" | "retire" | "remove"; readonly kid: string }
  | { readonly step: "none" };

/**
 * What is to be done next with a ledger's signing keys, if anything. Every server decides it for itself; the ledger lets
 * one of them do it.
 *
 * @param keys those of the ledger
 * @param now the ledger's time, milliseconds since the epoch; a guess will do, since the ledger looks again
 */
export function nextKeyStep(keys: readonly StoredSigningKey[], now: number, policy: KeyPolicy): KeyStep {
  // The key of HS256 is the operator's: it is replaced in the configuration.
  const step = policy.algorithm === "HS256" ? null : nextOwnStep(keys, now, policy);
  if (step !== null) return step;
  const spent = keys.find(
    ({ state, retiredAt }) => state === "retired" && (retiredAt === null || now - retiredAt >= RETIRED_SECONDS * 1000),
  );
  if (spent !== undefined) return { step: "remove", kid: spent.kid };
  // Of an algorithm that a server signs with, a key is replaced in time; one that outlives that by a day, nobody uses.
  const abandoned = keys.find(
    (key) =>
      key.algorithm !== policy.algorithm &&
      key.state !== "retired" &&
      now - (key.signsSince ?? key.createdAt) >= policy.lifetimeMs + DAY_MS,
  );
  return abandoned === undefined ? { step: "none" } : { step: "retire", kid: abandoned.kid };
}

function nextOwnStep(keys: readonly StoredSigningKey[], now: number, policy: KeyPolicy): KeyStep | null {
  const own = keys.filter(({ algorithm }) => algorithm === policy.algorithm);
  const announced = own.find(({ state }) => state === "announced");
  if (announced !== undefined) return now >= signsFrom(announced) ? { step: "promote", kid: announced.kid } : null;
  const signing = own.find(({ state }) => state === "signing");
  return signing !== undefined && now >= announcesFrom(signing, policy) ? { step: "announce" } : null;
}

/** When an announced key signs. */
export function signsFrom(announced: StoredSigningKey): number {
  return announced.createdAt + ANNOUNCE_SECONDS * 1000;
}

/** When the successor of a key that signs is announced: so long before that the old one signs for no longer than it may. */
export function announcesFrom(signing: StoredSigningKey, { lifetimeMs }: Pick<KeyPolicy, "lifetimeMs">): number {
  return (signing.signsSince ?? signing.createdAt) + lifetimeMs - ANNOUNCE_SECONDS * 1000;
}

/** When a retired key goes. */
export function goesFrom(retired: StoredSigningKey): number | null {
  return retired.retiredAt === null ? null : retired.retiredAt + RETIRED_SECONDS * 1000;
}
