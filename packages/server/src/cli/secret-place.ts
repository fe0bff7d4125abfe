import {
  ConfigurationError,
  DEFAULT_LIFETIMES,
  fingerprint,
  isoTime,
  longestLifetimeSeconds,
  nextSecretStep,
} from "@counterfoil/core";
import type { Ledger, Secret, SecretFingerprint, SecretsListed, SecretStep } from "@counterfoil/core";
import type { ServerConfiguration } from "../config/environment.ts";
import { secretsOf, secretSource } from "../config/secret-source.ts";
import type { SecretSource } from "../config/secret-source.ts";
import { nodeCrypto } from "../platform/node-crypto.ts";
import { minute } from "./print.ts";
import type { Flags } from "./print.ts";
import { withLedger } from "./with-ledger.ts";

/** The secrets that are configured here, and what the ledger knows of them. */
export interface SecretPlace {
  readonly ledger: Ledger;
  readonly configuration: ServerConfiguration;
  /** `null`: none is configured here. */
  readonly source: SecretSource | null;
  readonly held: readonly HeldSecret[];
  readonly listed: SecretsListed;
}

export interface HeldSecret {
  readonly secret: Secret;
  readonly fingerprint: SecretFingerprint;
}

/** How long what a secret has sealed can live; an application that changes the lifetimes says so in its own code. */
export const NEEDED_SECONDS = longestLifetimeSeconds(DEFAULT_LIFETIMES);

export function atSecretPlace(flags: Flags, work: (place: SecretPlace) => Promise<void>): Promise<void> {
  return withLedger(flags, async (ledger, configuration, own) => {
    const { COUNTERFOIL_SECRET } = process.env;
    // Said by name, the environment's is meant for the directory that is named too.
    const environment = flags["withEnvironment"] === true ? { ...own, COUNTERFOIL_SECRET } : own;
    const source = secretSource(environment, configuration.dataDirectory);
    const held = source === null ? [] : named(secretsOf(source));
    await work({ ledger, configuration, source, held, listed: await ledger.listSecrets() });
  });
}

export function named(secrets: readonly Secret[]): readonly HeldSecret[] {
  return secrets.map((secret) => ({ secret, fingerprint: fingerprint(nodeCrypto, secret) }));
}

/** @throws ConfigurationError if no secret is configured here */
export function requireSource({ source, configuration }: SecretPlace): SecretSource {
  if (source !== null) return source;
  throw new ConfigurationError(
    `There is no secret in ${configuration.dataDirectory}, and none from the environment: set COUNTERFOIL_DATA, and COUNTERFOIL_SECRET or COUNTERFOIL_SECRET_FILE, as the server has them (with --data the directory's own secret is used, and no other).`,
  );
}

/**
 * Before anything is written: that the secrets here are those of this ledger, and not of another server.
 *
 * @throws ConfigurationError if the ledger knows secrets, and none of those here
 */
export function requireKnown({ held, listed }: SecretPlace): void {
  const { secrets } = listed;
  if (secrets.length === 0 || secrets.some((known) => held.some((one) => one.fingerprint === known.fingerprint)))
    return;
  throw new ConfigurationError(
    "None of the secrets that are configured here is one that this ledger knows, so nothing was changed: set COUNTERFOIL_DATA, and COUNTERFOIL_SECRET or COUNTERFOIL_SECRET_FILE, as the server has them. Where its own is lost, or is newer than a backup that was restored, set COUNTERFOIL_SECRET to the one that it is to have, and run counterfoil secret replace --with-environment.",
  );
}

/** What comes next on the way from one secret to the next. */
export async function nextStep({ ledger, held, listed }: SecretPlace): Promise<SecretStep> {
  return nextSecretStep({
    ...listed,
    held: held.map((one) => one.fingerprint),
    keys: await ledger.listSigningKeys(),
    neededSeconds: NEEDED_SECONDS,
  });
}

/** A step as JSON: instants are ISO 8601 there. */
export function stepJson(next: SecretStep): object {
  if (next.step === "wait_for_sealed") return { ...next, until: isoTime(next.until) };
  if (next.step === "wait_for_servers") return { ...next, from: next.from === null ? null : isoTime(next.from) };
  return next;
}

/** What has to be done here before any step of a rotation can be. */
export function addSentence({ fingerprints }: Extract<SecretStep, { readonly step: "add" }>): string {
  return `Sessions are sealed with ${fingerprints.join(", ")} too, and that is not configured here: first add it from the server that has it, behind the first.`;
}

/** Why nothing is to be done yet. */
export function waitSentence(step: Extract<SecretStep, { readonly step: `wait_${string}` }>): string {
  switch (step.step) {
    case "wait_for_servers":
      return step.from === null
        ? `No running server has read ${step.fingerprint} yet: those with a file do within half a minute, those with COUNTERFOIL_SECRET, and those of an older version, when they start again.`
        : `${step.fingerprint} may seal from ${minute(isoTime(step.from))}, if no server checks in without it until then.`;
    case "wait_for_sealed":
      return `${step.fingerprint} may be taken away from ${minute(isoTime(step.until))}: what it has sealed may be alive until then, and is good.`;
    case "wait_for_keys":
      return `Signing keys are sealed with ${step.fingerprint} still: a running server moves them within half a minute.`;
  }
}
