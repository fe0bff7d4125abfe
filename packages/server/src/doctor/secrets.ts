import type { InspectedKey, InspectedSecret } from "@counterfoil/stores/sqlite-file";
import type { Finding } from "./finding.ts";
import { ok, problem, warning } from "./finding.ts";

/** The secrets that are configured: their fingerprints, the first seals; or the sentence that refuses them. */
export type ConfiguredSecrets =
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly sentence: string }
  | { readonly kind: "given"; readonly fingerprints: readonly string[] };

export function checkSecret(secrets: ConfiguredSecrets): Finding {
  switch (secrets.kind) {
    case "none":
      return warning(
        "secret",
        "There is no secret: a server on loopback makes one at its start, any other does not start.",
        "Run `counterfoil secret`, and set COUNTERFOIL_SECRET or COUNTERFOIL_SECRET_FILE.",
      );
    case "refused":
      return problem("secret", secrets.sentence, "Put the right one back: a new one signs everybody out.");
    case "given":
      return ok(
        "secret",
        `${secrets.fingerprints.length} secret${secrets.fingerprints.length === 1 ? "" : "s"} configured.`,
      );
  }
}

/**
 * Secrets that something alive may be sealed with and that are not configured; and those that nothing needs any more.
 *
 * @param neededMs how long what a secret has sealed can live, in milliseconds
 */
export function checkSecretsInUse(
  known: readonly InspectedSecret[],
  configured: readonly string[],
  now: number,
  neededMs: number,
): Finding {
  const inUse = ({ sealedAt, discardedAt }: InspectedSecret) =>
    discardedAt === null && sealedAt !== null && sealedAt >= now - neededMs;
  const missing = known.filter((secret) => inUse(secret) && !configured.includes(secret.fingerprint));
  if (missing.length > 0) {
    return problem(
      "secrets_in_use",
      `Sessions may be sealed with secrets that are not configured (fingerprints ${names(missing)}): a server is not ready.`,
      "Add them to COUNTERFOIL_SECRET, behind the first.",
    );
  }
  const [, ...others] = configured;
  const idle = known.filter((secret) => others.includes(secret.fingerprint) && !inUse(secret));
  if (idle.length > 0) {
    return warning(
      "secrets_in_use",
      `Nothing is sealed any more with the secrets of the fingerprints ${names(idle)}, unless they have yet to be moved first.`,
      "Take them out of COUNTERFOIL_SECRET.",
    );
  }
  return ok("secrets_in_use", "Every secret that is in use is configured.");
}

function names(secrets: readonly InspectedSecret[]): string {
  return secrets.map(({ fingerprint }) => fingerprint).join(", ");
}

const DAY_MS = 24 * 3600 * 1000;
const OLD_KEY_DAYS = 180;

/** @param versions the numbers of the secrets that are configured; `null` where they are not known */
export function checkSigningKeys(
  keys: readonly InspectedKey[],
  algorithm: string,
  versions: readonly number[] | null,
  now: number,
): readonly Finding[] {
  const signing = keys.filter((key) => key.state === "signing");
  const findings: Finding[] = [];
  const twice = signing.find((key, index) => signing.findIndex((other) => other.algorithm === key.algorithm) !== index);
  if (twice !== undefined) {
    findings.push(
      problem(
        "signing_keys",
        `Two keys sign with ${twice.algorithm}.`,
        "Restore a backup: the ledger was changed by hand.",
      ),
    );
  }
  const sealed = versions === null ? undefined : keys.find((key) => !versions.includes(key.secretVersion));
  if (sealed !== undefined) {
    findings.push(
      problem(
        "signing_keys",
        `Signing key ${sealed.kid} is sealed with a secret that is not configured.`,
        "Add that secret to COUNTERFOIL_SECRET, behind the first.",
      ),
    );
  }
  const current = signing.find((key) => key.algorithm === algorithm);
  const days = current === undefined ? 0 : Math.floor((now - current.createdAt) / DAY_MS);
  if (days > OLD_KEY_DAYS) {
    findings.push(
      warning(
        "signing_keys",
        `The signing key has been in use for ${days} days.`,
        "Rotate it: `counterfoil keys --help`.",
      ),
    );
  }
  if (findings.length > 0) return findings;
  if (current === undefined)
    return [ok("signing_keys", "There is no signing key yet: the server makes one at its start.")];
  return [ok("signing_keys", `One key signs with ${algorithm}, ${days} days old; ${keys.length} in all.`)];
}
