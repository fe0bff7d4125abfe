import { isoTime, neededUntil } from "@counterfoil/core";
import type { SecretStep, StoredSecret } from "@counterfoil/core";
import { addSentence, atSecretPlace, NEEDED_SECONDS, nextStep, stepJson, waitSentence } from "./secret-place.ts";
import type { SecretPlace } from "./secret-place.ts";
import { minute, print } from "./print.ts";
import type { Flags } from "./print.ts";
import { table } from "./table.ts";

/** `counterfoil secret status`: asks, and changes nothing. */
export function secretStatus(flags: Flags): Promise<void> {
  return atSecretPlace(flags, async (place) => {
    const next = place.held.length === 0 ? null : await nextStep(place);
    const { listed } = place;
    const value = {
      secrets: listed.secrets.map(secretJson),
      held: place.held.map((one) => one.fingerprint),
      next: next && stepJson(next),
    };
    print(flags, value, () => [...describeSecrets(place), "", describeHeld(place, next)]);
  });
}

function secretJson(secret: StoredSecret) {
  return {
    number: secret.version,
    fingerprint: secret.fingerprint,
    adopted_at: isoTime(secret.adoptedAt),
    sealed_at: isoOrNull(secret.sealedAt),
    lacked_at: isoOrNull(secret.lackedAt),
    discarded_at: isoOrNull(secret.discardedAt),
    needed_until:
      secret.sealedAt === null || secret.discardedAt !== null ? null : isoTime(neededUntil(secret, NEEDED_SECONDS)),
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : isoTime(at);
}

function describeSecrets({ listed, held }: SecretPlace): readonly string[] {
  if (listed.secrets.length === 0) return ["No server has started on this ledger yet."];
  const rows = listed.secrets.map((secret) => [
    String(secret.version),
    secret.fingerprint,
    state(secret, listed.now),
    secret.sealedAt === null ? "never" : minute(isoTime(secret.sealedAt)),
    until(secret, listed.now),
    where(held.findIndex((one) => one.fingerprint === secret.fingerprint)),
  ]);
  return table(["NUMBER", "FINGERPRINT", "STATE", "LAST SEALED", "NEEDED UNTIL", "HERE"], rows);
}

function until(secret: StoredSecret, now: number): string {
  if (secret.sealedAt === null || secret.discardedAt !== null) return "-";
  return state(secret, now) === "seals" ? "it seals" : minute(isoTime(neededUntil(secret, NEEDED_SECONDS)));
}

function where(index: number): string {
  if (index < 0) return "no";
  return index === 0 ? "first" : `number ${index + 1}`;
}

/** A server that runs says twice a minute that it seals. */
const RECENTLY_MS = 2 * 60_000;

function state({ sealedAt, discardedAt }: StoredSecret, now: number): string {
  if (discardedAt !== null) return "discarded";
  if (sealedAt === null) return "appended";
  return now - sealedAt < RECENTLY_MS ? "seals" : "accepted";
}

function describeHeld({ held }: SecretPlace, next: SecretStep | null): string {
  if (next === null) return "No secret is configured here, so there is nothing to say of what comes next.";
  switch (next.step) {
    case "add":
      return addSentence(next);
    case "append":
      return "Nothing is under way. To begin a rotation: counterfoil secret rotate";
    case "move":
      return `${next.fingerprint} may seal now: counterfoil secret rotate moves it first.`;
    case "remove":
      return `${next.fingerprint} is needed no more: counterfoil secret rotate takes it away.`;
    case "wait_for_servers":
    case "wait_for_sealed":
    case "wait_for_keys":
      return `${held.length} secrets are configured here. ${waitSentence(next)}`;
  }
}
