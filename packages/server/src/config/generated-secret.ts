import { existsSync, linkSync, mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConfigurationError, Secret, systemRandom } from "@counterfoil/core";
import { nodeCrypto } from "../platform/node-crypto.ts";

/** Where the secret of a server is that was given none. */
export function generatedSecretPath(dataDirectory: string): string {
  return join(dataDirectory, "secret");
}

/**
 * Makes the secret of a server that was given none: once, in the data directory, for its owner's eyes alone. Only for
 * an embedded ledger on loopback; anything larger has its secret from whoever runs it.
 *
 * @returns the path of its file
 * @throws ConfigurationError if the file cannot be written
 */
export function ensureGeneratedSecret(dataDirectory: string): string {
  const path = generatedSecretPath(dataDirectory);
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    if (!existsSync(path)) writeNew(path, `${Secret.generate(nodeCrypto, systemRandom).reveal()}\n`);
  } catch (cause) {
    throw unusable(path, cause);
  }
  return path;
}

/** The link is the moment: of two processes that start at once one makes it, and nobody reads half a file. */
function writeNew(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    unlinkSync(draft);
  }
}

function unusable(path: string, cause: unknown): ConfigurationError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EEXIST" || code === "ENOTDIR") {
    return new ConfigurationError(
      `${dirname(path)} cannot be a directory (${code}), since a file is in the way: choose another place with --data.`,
      { cause },
    );
  }
  return new ConfigurationError(
    `The secret in ${path} cannot be read or written (${code}): let this user read and write it, or choose another place with --data.`,
    { cause },
  );
}
