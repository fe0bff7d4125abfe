import { ConfigurationError, createKeyring, fingerprint } from "@counterfoil/core";
import type { Keyring, Ledger } from "@counterfoil/core";
import type { Environment } from "../config/environment.ts";
import { secretsOf, secretSource } from "../config/secret-source.ts";
import { nodeCrypto } from "../platform/node-crypto.ts";

/**
 * What a command seals with beside running servers: the secret that they seal with, so that each of them can open it.
 * Nothing is noted in the ledger: a command is no server.
 *
 * @throws ConfigurationError if none is configured here, or none of this ledger's servers seals with those that are
 */
export async function ownKeyring(
  ledger: Pick<Ledger, "listSecrets">,
  environment: Environment,
  dataDirectory: string,
): Promise<Keyring> {
  const source = secretSource(environment, dataDirectory);
  if (source === null) {
    throw new ConfigurationError(
      "A signing key is sealed with the server's secret, and there is none here: set COUNTERFOIL_DATA, and COUNTERFOIL_SECRET or COUNTERFOIL_SECRET_FILE, as the server has them (with --data the directory's own secret is used, and no other).",
    );
  }
  const { secrets: known } = await ledger.listSecrets();
  const held = secretsOf(source).flatMap((secret) => {
    const print = fingerprint(nodeCrypto, secret);
    const found = known.find((one) => one.fingerprint === print && one.discardedAt === null && one.sealedAt !== null);
    return found === undefined ? [] : [{ secret, version: found.version, sealedAt: found.sealedAt ?? 0 }];
  });
  if (held.length === 0) {
    throw new ConfigurationError(
      "No server of this ledger seals with the secret that is configured here: set COUNTERFOIL_DATA, and COUNTERFOIL_SECRET or COUNTERFOIL_SECRET_FILE, as the server has them.",
    );
  }
  return createKeyring(
    nodeCrypto,
    held.toSorted((left, right) => right.sealedAt - left.sealedAt),
  );
}
