import { nextSecretStep } from "@counterfoil/core";
import type { SecretFingerprint } from "@counterfoil/core";
import type { InspectedKey, LedgerState } from "@counterfoil/stores/sqlite-file";
import type { Finding } from "./finding.ts";
import { ok, problem, warning } from "./finding.ts";

/** The secrets that are configured: their fingerprints, the first seals; or the sentence that refuses them. */
export type ConfiguredSecrets =
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly sentence: string }
  | { readonly kind: "given"; readonly fingerprints: readonly SecretFingerprint[] };

/** @param needed a server makes none: its ledger is not embedded */
export function checkSecret(secrets: ConfiguredSecrets, needed: boolean): Finding {
  switch (secrets.kind) {
    case "none": {
      const remedy = "Run `counterfoil secret`, and set COUNTERFOIL_SECRET or COUNTERFOIL_SECRET_FILE.";
      return needed
        ? problem("secret", "There is no secret, and a server does not start without one on this ledger.", remedy)
        : warning(
            "secret",
            "There is no secret: a server on loopback makes one at its start, any other does not start.",
            remedy,
          );
    }
    case "refused":
      return problem(
        "secret",
        secrets.sentence,
        "Correct that, or put the right one back: a new one signs everybody out.",
      );
    case "given":
      return ok(
        "secret",
        `${secrets.fingerprints.length} secret${secrets.fingerprints.length === 1 ? "" : "s"} configured.`,
      );
  }
}

/** What the rotation of secrets has to say: what a server lacks, and what may be taken away (`counterfoil secret rotate`). */
export function checkSecretsInUse(
  { secrets, signingKeys }: LedgerState,
  held: readonly SecretFingerprint[],
  now: number,
  neededSeconds: number,
): Finding {
  const next = nextSecretStep({ held, secrets, keys: signingKeys, now, neededSeconds });
  if (next.step === "add") {
    return problem(
      "secrets_in_use",
      `Sessions may be sealed with secrets that are not configured (fingerprints ${next.fingerprints.join(", ")}): a server is not ready.`,
      "Add them to COUNTERFOIL_SECRET, behind the first.",
    );
  }
  const discarded = secrets.find(({ fingerprint }) => fingerprint === held[0])?.discardedAt ?? null;
  if (discarded !== null) {
    return problem(
      "secrets_in_use",
      "The first secret was replaced by another, and opens nothing any more.",
      "Give the server the secret that `counterfoil secret replace` made.",
    );
  }
  if (next.step === "remove") {
    return warning(
      "secrets_in_use",
      `Nothing alive is sealed with the secret of the fingerprint ${next.fingerprint}.`,
      "Take it away: `counterfoil secret rotate`.",
    );
  }
  return ok("secrets_in_use", "Every secret that is in use is configured.");
}

const DAY_MS = 24 * 3600 * 1000;
/** A running server announces the next one in time: one that is older shows that none has run, or could. */
const LATE_DAYS = 7;

/** @param versions the numbers of the secrets that are configured; `null` where they are not known */
export function checkSigningKeys(
  keys: readonly InspectedKey[],
  algorithm: string,
  versions: readonly number[] | null,
  now: number,
  lifetimeDays: number,
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
  const days = current === undefined ? 0 : Math.floor((now - (current.signsSince ?? current.createdAt)) / DAY_MS);
  if (days > lifetimeDays + LATE_DAYS) {
    findings.push(
      warning(
        "signing_keys",
        `The signing key has been in use for ${days} days.`,
        "Let a server run, which rotates it; or run `counterfoil keys rotate`.",
      ),
    );
  }
  if (findings.length > 0) return findings;
  if (current === undefined)
    return [ok("signing_keys", "There is no signing key yet: the server makes one at its start.")];
  return [ok("signing_keys", `One key signs with ${algorithm}, ${days} days old; ${keys.length} in all.`)];
}
