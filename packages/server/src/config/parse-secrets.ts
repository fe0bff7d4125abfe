import { ConfigurationError, Secret } from "@counterfoil/core";
import type { SecretOption } from "../options.ts";
import { nodeCrypto } from "../platform/node-crypto.ts";

/**
 * The secrets of a list.
 *
 * @param name what to call the list where it is refused; no part of it enters the message
 * @throws ConfigurationError if there are none or too many, one comes twice, or `counterfoil secret` cannot have printed
 *   one of them
 */
export function parseSecrets(name: string, given: SecretOption): readonly Secret[] {
  const texts = (typeof given === "string" ? given.split(",") : given).map((text) => text.trim());
  if (texts.length === 0 || texts.length > 8) throw new ConfigurationError(`${name} must hold 1 to 8 secrets.`);
  if (texts.includes(""))
    throw new ConfigurationError(`${name} holds an empty secret: run \`counterfoil secret\` for one.`);
  if (new Set(texts).size !== texts.length) throw new ConfigurationError(`${name} holds the same secret twice.`);
  return texts.map((text, index) =>
    Secret.parse(nodeCrypto, text, texts.length === 1 ? name : `Number ${index + 1} of ${name}`),
  );
}
