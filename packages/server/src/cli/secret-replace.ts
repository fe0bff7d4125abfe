import {
  ConfigurationError,
  CounterfoilError,
  fingerprint,
  Secret,
  signEverybodyOut,
  systemRandom,
} from "@counterfoil/core";
import type { EverybodySignedOut, EventContext, Ledger, SecretsReplaced, StoredSecret } from "@counterfoil/core";
import { ensureGeneratedSecret } from "../config/generated-secret.ts";
import { sqlitePath } from "../config/ledger.ts";
import { writeSecretFile } from "../config/secret-file.ts";
import { secretsOf } from "../config/secret-source.ts";
import type { SecretSource } from "../config/secret-source.ts";
import { endings } from "../counted.ts";
import { nodeCrypto } from "../platform/node-crypto.ts";
import { commandContext } from "./context.ts";
import { atSecretPlace, requireKnown, requireSource } from "./secret-place.ts";
import type { SecretPlace } from "./secret-place.ts";
import { askedWrongly } from "./failure.ts";
import { isJson, print } from "./print.ts";
import type { Flags } from "./print.ts";

/** A list holds at most eight. */
const MOST_BEHIND = 7;

/**
 * `counterfoil secret replace`: a new secret in the place of all others, with no overlap, after one has leaked or a
 * backup was restored. Whatever happens in between, running it again finishes.
 */
export async function replaceSecret(flags: Flags): Promise<void> {
  if (flags["yes"] !== true) {
    return askedWrongly(
      "Replacing the secret means that everybody signs in again: every cookie and refresh token is worthless from then on, and every signing key is revoked. To change it without that, there is counterfoil secret rotate. Say --yes to do it.",
      isJson(flags),
    );
  }
  await atSecretPlace(flags, (place) => {
    if (flags["withEnvironment"] === true) return replaceByEnvironment(place, flags);
    if (place.source?.kind === "environment") {
      throw new ConfigurationError(
        "COUNTERFOIL_SECRET is in the environment: set it to what `counterfoil secret` prints, here and for the servers, and say --with-environment; then start the servers again.",
      );
    }
    requireKnown(place);
    // The server of an embedded ledger alone reads a secret that lies in the data directory.
    if (sqlitePath(place.configuration.options.ledger) === undefined) requireSource(place);
    return replaceInFile(place, place.source, flags);
  });
}

async function replaceByEnvironment({ ledger, source, held }: SecretPlace, flags: Flags): Promise<void> {
  const [only, ...more] = held;
  if (source?.kind !== "environment" || only === undefined || more.length > 0) {
    throw new ConfigurationError(
      "With --with-environment, COUNTERFOIL_SECRET holds the new secret and no other: set it to what `counterfoil secret` prints.",
    );
  }
  const context = commandContext("secret replace");
  const replaced = await replace(ledger, only.secret, context);
  switch (replaced.outcome) {
    case "replaced":
      return tell(flags, replaced, only.fingerprint, "Start the servers again with the new COUNTERFOIL_SECRET.");
    case "unchanged":
      return print(flags, { outcome: "unchanged", fingerprint: only.fingerprint }, () => [
        `${only.fingerprint} is the one secret of this ledger already. If it is the one to be replaced, set COUNTERFOIL_SECRET to what \`counterfoil secret\` prints, and run this again.`,
      ]);
    case "discarded":
      throw new CounterfoilError(
        "conflict",
        "COUNTERFOIL_SECRET is one that was replaced before: set it to what `counterfoil secret` prints.",
      );
  }
}

async function replaceInFile(
  { ledger, configuration, held, listed }: SecretPlace,
  source: Extract<SecretSource, { readonly kind: "file" }> | null,
  flags: Flags,
): Promise<void> {
  const path = source?.path ?? ensureGeneratedSecret(configuration.dataDirectory);
  const good = goodOnes(held, listed.secrets);
  // A run before this one got as far as the ledger, and not as far as the file.
  if (good !== null && good.length < held.length) {
    writeSecretFile(
      path,
      good.map(({ secret }) => secret),
    );
    const [first] = good;
    return print(flags, { outcome: "finished", fingerprint: first?.fingerprint }, () => [
      `The secrets were replaced by ${first?.fingerprint} before, and the file had not been cleared: it is now.`,
    ]);
  }
  // Where there was no file, what was just made in it is new already.
  const fresh =
    source === null ? secretsOf({ kind: "file", path, owner: "ours" })[0]! : Secret.generate(nodeCrypto, systemRandom);
  // First: servers that read the file between this and what follows have the new one then, and are not without any.
  const behind = held.slice(0, MOST_BEHIND).map(({ secret }) => secret);
  if (source !== null) writeSecretFile(path, [fresh, ...behind]);
  const replaced = await replace(ledger, fresh, commandContext("secret replace"));
  writeSecretFile(path, [fresh]);
  const which = fingerprint(nodeCrypto, fresh);
  if (replaced.outcome !== "replaced")
    return print(flags, { outcome: "replaced", fingerprint: which }, () => [
      `The secret in ${path} is new (fingerprint ${which}). No server had sealed with another.`,
    ]);
  return tell(
    flags,
    replaced,
    which,
    `The new one is in ${path}. A server that reads this file has it within half a minute; to one that was given a copy, such as systemd's LoadCredential=, give the new one.`,
  );
}

/** Those of the list that are good, where they are all that the ledger knows as good; else `null`. */
function goodOnes(held: SecretPlace["held"], known: readonly StoredSecret[]): SecretPlace["held"] | null {
  const good = known.filter(({ discardedAt }) => discardedAt === null).map((one) => one.fingerprint);
  const isDiscarded = new Set(known.filter(({ discardedAt }) => discardedAt !== null).map((one) => one.fingerprint));
  const rest = held.filter((one) => !isDiscarded.has(one.fingerprint));
  const all = rest.length > 0 && good.every((one) => rest.some((other) => other.fingerprint === one));
  return all ? rest : null;
}

/** Signs everybody out, and puts the secret in the place of all others. */
async function replace(ledger: Ledger, secret: Secret, context: EventContext): Promise<Replacement> {
  const { secrets } = await ledger.listSecrets();
  const which = fingerprint(nodeCrypto, secret);
  const own = secrets.find((one) => one.fingerprint === which);
  if (own !== undefined && own.discardedAt !== null) return { outcome: "discarded" };
  const isDone = !secrets.some((one) => one !== own && one.discardedAt === null);
  // Before: a run that is cut short in between is done again as a whole.
  const { ended, keysRevoked } = isDone ? { ended: 0, keysRevoked: 0 } : await signEverybodyOut(ledger, context);
  const replaced = await ledger.replaceSecrets({ fingerprint: which, context });
  return replaced.outcome === "replaced" ? { ...replaced, ended, keysRevoked } : replaced;
}

type Replaced = Extract<SecretsReplaced, { readonly outcome: "replaced" }> & EverybodySignedOut;
type Replacement = Replaced | Exclude<SecretsReplaced, { readonly outcome: "replaced" }>;

function tell(
  flags: Flags,
  { discarded, revokedKeys, ended, keysRevoked }: Replaced,
  which: string,
  then: string,
): void {
  const value = {
    outcome: "replaced",
    fingerprint: which,
    discarded: discarded.map((one) => one.fingerprint),
    keys_revoked: keysRevoked + revokedKeys.length,
    sessions_ended: ended,
  };
  const symmetric = revokedKeys.some(({ algorithm }) => algorithm === "HS256");
  print(flags, value, () => [
    `Replaced ${discarded.length === 1 ? "the secret" : `${discarded.length} secrets`} by ${which}. Everybody signs in again.`,
    `${endings(ended, keysRevoked + revokedKeys.length)}, and the servers make a new one.`,
    ...(symmetric
      ? ["The key of HS256 was sealed with the old secret, and is revoked too: set another COUNTERFOIL_HS256_SECRET."]
      : []),
    then,
  ]);
}
