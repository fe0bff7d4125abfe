import { existsSync } from "node:fs";
import type { Secret } from "@counterfoil/core";
import type { SecretOption } from "../options.ts";
import type { Environment } from "./environment.ts";
import { readSecret } from "./environment.ts";
import { generatedSecretPath } from "./generated-secret.ts";
import { parseSecrets } from "./parse-secrets.ts";
import { readSecretFile } from "./secret-file.ts";
import type { SecretFileOwner } from "./secret-file.ts";

/** Where a server's secrets are kept. */
export type SecretSource =
  /** In `COUNTERFOIL_SECRET`: they change with a restart. */
  | { readonly kind: "environment"; readonly text: string }
  /** In a file, which running servers read again. */
  | { readonly kind: "file"; readonly path: string; readonly owner: SecretFileOwner };

/** The configured source; `null` where a server would have to make its own secret, or has none. */
export function secretSource(environment: Environment, dataDirectory: string): SecretSource | null {
  const text = readSecret(environment, "COUNTERFOIL_SECRET");
  const path = environment["COUNTERFOIL_SECRET_FILE"]?.trim();
  if (path) return { kind: "file", path, owner: "operator" };
  if (text !== undefined) return { kind: "environment", text };
  const generated = generatedSecretPath(dataDirectory);
  return existsSync(generated) ? { kind: "file", path: generated, owner: "ours" } : null;
}

/** What a server is to run with: a file is read again while it runs. */
export function secretOption(source: SecretSource): SecretOption | (() => SecretOption) {
  return source.kind === "environment" ? source.text : () => secretsOf(source).map((secret) => secret.reveal());
}

/**
 * The secrets as they are now.
 *
 * @throws ConfigurationError if they cannot be read, are open to others, or are damaged
 */
export function secretsOf(source: SecretSource): readonly Secret[] {
  if (source.kind === "environment") return parseSecrets("COUNTERFOIL_SECRET", source.text);
  const { path, owner } = source;
  const name = owner === "ours" ? `The secret in ${path}` : "COUNTERFOIL_SECRET_FILE";
  return parseSecrets(name, readSecretFile(path, owner, name));
}
